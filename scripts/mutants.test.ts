import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from './mutants.data.mjs';

test('every seeded bug still has its place, once, so that it proves something', () => {
  const lost = MUTANTS.filter(({ file, find }) => {
    const text = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
    return text.split(find).length !== 2;
  });
  expect(lost.map(({ bug, file }) => `${file}: ${bug}`)).toEqual([]);
});
