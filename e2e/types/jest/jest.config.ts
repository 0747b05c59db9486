import { withBroker } from 'ephemeral-broker/jest';
import type { Config } from 'jest';
import config from './broker.config.js';

const jest: Config = { testEnvironment: 'jsdom' };

export const object: Config = withBroker(jest, config);
export const made: () => Promise<Config> = withBroker(() => jest);
export const promised: Promise<Config> = withBroker(Promise.resolve(jest));

// @ts-expect-error there is no such option
withBroker(jest, { pool: {} });
