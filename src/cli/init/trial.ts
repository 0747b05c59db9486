import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPatch, parsePatch } from 'diff';
import { afterEach, beforeEach, expect } from 'vitest';
import { type Plan, planFor } from './plan.ts';
import { write } from './write.ts';

/** Where the current test tries init. */
export let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-init-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

export type Case = [what: string, file: string, before: string, after: string];

export const put = (file: string, text: string | Buffer): void =>
  writeFileSync(join(directory, file), text);

/** Of a project that has a broker.config. */
export const plan = (): Plan => planFor(directory, join(directory, 'broker.config.mjs'));

/** As an editor of Windows would have saved it. */
export const dos = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;

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
