import { afterEach, beforeEach, vi } from 'vitest';

/** What the current test has written to stderr; none of it gets there. */
export let told: string;

beforeEach(() => {
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});
