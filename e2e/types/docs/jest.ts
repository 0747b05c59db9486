import type { test as jestTest } from '@jest/globals';
import type {} from 'ephemeral-broker/jest/globals';

declare global {
  const test: typeof jestTest;
}
