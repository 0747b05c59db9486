import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findConfig } from './find.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'find-config-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Makes an empty file, with its directories. */
function put(...path: string[]): string {
  const file = join(root, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

const at = (...path: string[]) => join(root, ...path);
const find = (from: string, variable?: string) =>
  findConfig(from, { EPHEMERAL_BROKER_CONFIG: variable });

describe('the search', () => {
  test.each(['ts', 'mts', 'js', 'mjs', 'cjs', 'json'])('takes broker.config.%s', (extension) => {
    const file = put(`broker.config.${extension}`);
    expect(find(root)).toBe(file);
  });

  test('goes upwards, and the nearest wins', () => {
    const outer = put('broker.config.ts');
    put('a', 'b', 'x');
    expect(find(at('a', 'b'))).toBe(outer);
    const inner = put('a', 'broker.config.json');
    expect(find(at('a', 'b'))).toBe(inner);
    expect(find(root)).toBe(outer);
  });

  test('ends at the root of the repository, whose own config counts', () => {
    put('broker.config.ts');
    put('repo', '.git', 'HEAD');
    put('repo', 'packages', 'a', 'x');
    expect(find(at('repo', 'packages', 'a'))).toBeUndefined();
    const file = put('repo', 'broker.config.ts');
    expect(find(at('repo', 'packages', 'a'))).toBe(file);
    expect(find(at('repo'))).toBe(file);
  });

  test('knows the root of a work tree, where .git is a file', () => {
    put('broker.config.ts');
    put('tree', '.git');
    expect(find(at('tree'))).toBeUndefined();
  });

  test('does not take a directory for a config', () => {
    put('broker.config.js', 'x');
    put('.git');
    expect(find(root)).toBeUndefined();
  });

  test('refuses two at one level, and names both', () => {
    const files = [put('a', 'broker.config.json'), put('a', 'broker.config.ts')];
    for (const file of files) expect(() => find(at('a'))).toThrow(file);
    expect(() => find(at('a'))).toThrow(expect.objectContaining({ code: 'bad_config' }));
  });

  test('does not mind two on the way that it does not go', () => {
    put('broker.config.ts');
    put('broker.config.js');
    const file = put('a', 'broker.config.ts');
    expect(find(at('a'))).toBe(file);
  });
});

describe('EPHEMERAL_BROKER_CONFIG', () => {
  test('wins over the search, and is relative to where that would begin', () => {
    put('broker.config.ts');
    put('broker.config.js');
    const file = put('other', 'leases.json');
    expect(find(root, 'other/leases.json')).toBe(file);
    expect(find(at('other'), 'leases.json')).toBe(file);
    expect(find(root, file)).toBe(file);
  });

  test('counts for nothing when it is empty', () => {
    const file = put('broker.config.ts');
    expect(find(root, '')).toBe(file);
  });

  test('that names no file is an error, never a silent search', () => {
    put('broker.config.ts');
    put('directory.js', 'x');
    for (const named of ['missing.ts', 'directory.js', 'broker.config.ts/x']) {
      expect(() => find(root, named)).toThrow(
        expect.objectContaining({
          code: 'bad_config',
          message: expect.stringContaining(`${at(named)} is not there`),
        }),
      );
    }
  });

  test('that names what can be no config says what can', () => {
    put('broker.yaml');
    expect(() => find(root, 'broker.yaml')).toThrow(/broker\.yaml can be no config.*\.json/);
  });
});
