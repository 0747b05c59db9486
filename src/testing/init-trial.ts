import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch, parsePatch } from 'diff';
import { describe, expect, test } from 'vitest';
import { type Plan, planFor } from '../cli/init/plan.ts';
import { write } from '../cli/init/write.ts';
import { directory } from './directory.ts';

export type Case = [what: string, file: string, before: string, after: string];

export const put = (file: string, text: string | Buffer): void =>
  writeFileSync(join(directory, file), text);

/** Of a project that has a broker.config. */
export const plan = (): Plan => planFor(directory, join(directory, 'broker.config.mjs'));

/** What init promises for the configs of a runner: which it edits, and which it leaves to the person, telling where and what to add. */
export function promises(
  runner: string,
  cases: Case[],
  left: [file: string, before: string, where: string, what: string][],
): void {
  describe(`a config of ${runner} gets the line, once`, () => {
    test.each(cases)('%s (%s)', (_, file, before, after) => {
      expect(edited(file, before)).toBe(after);
    });

    test.each(cases)('%s (%s), with CRLF and a byte order mark', (_, file, before, after) => {
      expect(edited(file, dos(before))).toBe(dos(after));
    });
  });

  describe(`a config of ${runner} is left alone, and the person is told where and what to add`, () => {
    test.each(left)('%s: %s', (file, before, where, what) => {
      const told = leftAlone(file, before);
      expect(told).toContain(file);
      expect(told).toContain(where);
      expect(told).toContain(what);
    });
  });
}

/** As an editor of Windows would have saved it. */
const dos = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;

/** The file as init leaves it, and leaves it for good. */
export function edited(file: string, before: string): string {
  put(file, before);
  const { changes, byHand, patch } = plan();
  expect(byHand).toEqual([]);
  expect(changes.map((each) => each.file)).toEqual([file]);
  const { after } = changes[0]!;
  expect(applyPatch(before, parsePatch(patch)[0]!)).toBe(after);
  write(directory, changes);
  expect(plan()).toMatchObject({ changes: [], there: [file, 'broker.config.mjs'], byHand: [] });
  return readFileSync(join(directory, file), 'utf8');
}

/** Why init leaves the file to the person. */
export function leftAlone(file: string, before: string | Buffer): string {
  put(file, before);
  const { changes, byHand } = plan();
  expect(changes).toEqual([]);
  expect(byHand).toHaveLength(1);
  return byHand[0]!;
}
