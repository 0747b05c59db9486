import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { newSecret } from '../protocol/proof.ts';
import { directory } from '../testing/directory.ts';
import { currentPlatform } from './platform.ts';
import { readSecret, SECRET_NAME, writeSecret } from './secret.ts';

const windows = process.platform === 'win32';
const platform = currentPlatform();
let path: string;
beforeEach(() => {
  path = join(directory, SECRET_NAME);
});

describe('the secret’s file', () => {
  test('reads back as it was written', () => {
    const secret = newSecret();
    expect(readSecret(directory, platform)).toBeUndefined();
    writeSecret(directory, secret);
    expect(readSecret(directory, platform)).toBe(secret);
  });

  test.skipIf(windows)('can be read by its user alone, whatever the umask', () => {
    const before = process.umask(0);
    try {
      writeSecret(directory, newSecret());
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is written over nothing, and through no link', () => {
    writeFileSync(path, 'precious');
    expect(() => writeSecret(directory, newSecret())).toThrow(/EEXIST/);
    if (windows) return;
    rmSync(path);
    symlinkSync(join(directory, 'elsewhere'), path);
    expect(() => writeSecret(directory, newSecret())).toThrow(/EEXIST/);
  });

  test.skipIf(windows)('is not believed where others can open it, or another user made it', () => {
    writeSecret(directory, newSecret());
    expect(readSecret(directory, { ...platform, uid: platform.uid! + 1 })).toBeUndefined();
    chmodSync(path, 0o640);
    expect(readSecret(directory, platform)).toBeUndefined();
  });

  test('is not read where it is a link, a directory, or no secret', () => {
    mkdirSync(path);
    expect(readSecret(directory, platform)).toBeUndefined();
    rmSync(path, { recursive: true });
    for (const text of ['', 'x'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`]) {
      writeFileSync(path, text, { mode: 0o600 });
      expect(readSecret(directory, platform)).toBeUndefined();
    }
    if (windows) return;
    rmSync(path);
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, newSecret(), { mode: 0o600 });
    symlinkSync(elsewhere, path);
    expect(readSecret(directory, platform)).toBeUndefined();
  });
});
