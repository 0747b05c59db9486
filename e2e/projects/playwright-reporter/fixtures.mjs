import { test as base } from '@playwright/test';
import { brokerFixtures, leased } from 'ephemeral-broker/playwright';

export const test = base.extend(brokerFixtures).extend(leased({ account: 'accounts' }));
