import type {} from '@wdio/mocha-framework';
import type {} from 'ephemeral-broker/wdio';
import type {} from 'webdriverio';
