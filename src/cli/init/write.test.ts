import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { directory } from '../../testing/directory.ts';
import { write } from './write.ts';

const posix = process.platform !== 'win32';

const at = (file: string) => join(directory, file);
const text = (file: string) => readFileSync(at(file), 'utf8');
const change = (file: string, before: string | undefined, after: string) => ({
  file,
  before: before === undefined ? undefined : Buffer.from(before),
  after,
});

test('writes what is there and what is new, and leaves nothing beside it', () => {
  writeFileSync(at('a'), 'old');
  write(directory, [change('a', 'old', 'new'), change('b', undefined, 'made')]);
  expect([text('a'), text('b')]).toEqual(['new', 'made']);
  expect(readdirSync(directory)).toEqual(['a', 'b']);
});

test('writes nothing at all where a file has changed since it was read', () => {
  writeFileSync(at('a'), 'old');
  writeFileSync(at('b'), 'edited meanwhile');
  const changes = [change('a', 'old', 'new'), change('b', 'old', 'new')];
  expect(() => write(directory, changes)).toThrow('b has changed meanwhile; nothing was written');
  expect([text('a'), text('b')]).toEqual(['old', 'edited meanwhile']);
});

test('writes over no file that has come meanwhile', () => {
  writeFileSync(at('a'), 'theirs');
  expect(() => write(directory, [change('a', undefined, 'ours')])).toThrow('EEXIST');
  expect(text('a')).toBe('theirs');
});

test.runIf(posix)('a file keeps its mode, and a link stays one', () => {
  mkdirSync(at('shared'));
  writeFileSync(at('shared/a'), 'old');
  chmodSync(at('shared/a'), 0o640);
  symlinkSync('shared/a', at('a'));
  write(directory, [change('a', 'old', 'new')]);
  expect(lstatSync(at('a')).isSymbolicLink()).toBe(true);
  expect([text('shared/a'), statSync(at('a')).mode & 0o777]).toEqual(['new', 0o640]);
});
