import { brokerFixtures } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

export const test = base.extend(brokerFixtures);
