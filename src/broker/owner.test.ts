import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directory } from '../testing/directory.ts';
import {
  OWNER_NAME,
  type Owner,
  ownerAt,
  parseOwner,
  readOwnerText,
  UNFINISHED_OWNER_NAME,
  verdictOn,
  writeOwner,
} from './owner.ts';
import { currentPlatform, type Platform } from './platform.ts';

/** A platform on which only process 42 runs, begun at 1000. */
const here = (facts: Partial<Platform> = {}): Platform => ({
  ...currentPlatform(),
  host: 'box',
  bootId: 'boot-2',
  pidNamespace: 'pid:[1]',
  processAt: (pid) => (pid === 42 ? { startTime: '1000' } : undefined),
  ...facts,
});

const owner = (facts: Partial<Owner> = {}): Owner => ({
  pid: 42,
  startTime: '1000',
  bootId: 'boot-2',
  pidNamespace: 'pid:[1]',
  host: 'box',
  version: '1.2.3',
  pipe: '/tmp/x/s',
  ...facts,
});

/** The owner without some of its facts, as systems write it that do not tell them. */
function without(...names: ('startTime' | 'bootId' | 'pidNamespace')[]): Owner {
  const rest = owner();
  for (const name of names) delete rest[name];
  return rest;
}

describe('an owner is alive', () => {
  test('where its pid still is the process that wrote it', () => {
    expect(verdictOn(owner(), here())).toBe('alive');
  });

  test('whatever host name a container of the same kernel and pids has', () => {
    expect(verdictOn(owner({ host: 'container' }), here())).toBe('alive');
  });
});

describe('an owner is dead', () => {
  test('where its pid is gone', () => {
    expect(verdictOn(owner({ pid: 43 }), here())).toBe('dead');
  });

  test('where its pid is another process by now', () => {
    expect(verdictOn(owner({ startTime: '999' }), here())).toBe('dead');
  });

  test('where this host has booted since, though its pid is taken again', () => {
    expect(verdictOn(owner({ bootId: 'boot-1' }), here())).toBe('dead');
    expect(verdictOn(owner({ bootId: 'boot-1', pidNamespace: 'pid:[2]' }), here())).toBe('dead');
  });

  test('where its pid is gone on a system that tells neither boot nor start time', () => {
    const gone: Owner = { pid: 43, host: 'box', version: '1', pipe: 'p' };
    const mac = here({ bootId: undefined, pidNamespace: undefined });
    expect(verdictOn(gone, mac)).toBe('dead');
  });
});

describe('nothing is proved', () => {
  test('about an owner in another pid namespace: its pid means another process there', () => {
    expect(verdictOn(owner({ pid: 43, pidNamespace: 'pid:[2]' }), here())).toBe('unknown');
    expect(verdictOn(without('pidNamespace'), here({ processAt: () => undefined }))).toBe(
      'unknown',
    );
  });

  test('about an owner on another host that shares the directory', () => {
    expect(verdictOn(owner({ bootId: 'theirs', host: 'other' }), here())).toBe('unknown');
    const mac = here({ bootId: undefined, pidNamespace: undefined });
    const other: Owner = { pid: 43, host: 'other', version: '1', pipe: 'p' };
    expect(verdictOn(other, mac)).toBe('unknown');
  });

  test('where only one side knows its boot', () => {
    expect(verdictOn(without('bootId'), here({ processAt: () => undefined }))).toBe('unknown');
    expect(verdictOn(owner({ pid: 43 }), here({ bootId: undefined }))).toBe('unknown');
  });

  test('by a pid that is taken, where start times are not told', () => {
    expect(verdictOn(without('startTime'), here())).toBe('unknown');
    const silent = here({ processAt: () => ({ startTime: undefined }) });
    expect(verdictOn(owner(), silent)).toBe('unknown');
  });
});

describe('a real process', () => {
  test('is its owner while it lives', () => {
    const platform = currentPlatform();
    const mine = ownerAt(platform, '/p', '1.2.3');
    expect(mine).toMatchObject({ pid: process.pid, version: '1.2.3', pipe: '/p' });
    expect(verdictOn(mine, platform)).toBe(process.platform === 'linux' ? 'alive' : 'unknown');
  });

  test('is not dead while it is stopped, and dead once killed', async () => {
    const platform = currentPlatform();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
      stdio: 'ignore',
    });
    try {
      await once(child, 'spawn');
      const theirs = ownerAt(platform, '/p', '1', child.pid!);
      expect(verdictOn(theirs, platform)).not.toBe('dead');
      if (process.platform !== 'win32') process.kill(child.pid!, 'SIGSTOP');
      expect(verdictOn(theirs, platform)).not.toBe('dead');
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      expect(verdictOn(theirs, platform)).toBe('dead');
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('the owner file', () => {
  test('reads back as it was written', () => {
    const text = writeOwner(directory, owner());
    expect(readOwnerText(directory)).toBe(text);
    expect(parseOwner(text)).toEqual(owner());
    expect(parseOwner(writeOwner(mkdtempSync(join(directory, 'x')), without('startTime')))).toEqual(
      without('startTime'),
    );
  });

  test.skipIf(process.platform === 'win32')('can be read by its user alone', () => {
    const before = process.umask(0);
    try {
      writeOwner(directory, owner());
    } finally {
      process.umask(before);
    }
    expect(statSync(join(directory, OWNER_NAME)).mode & 0o777).toBe(0o600);
  });

  test('appears whole, and nothing else stays', () => {
    // A reader that met the file under its own name while it is written would find it taken.
    mkdirSync(join(directory, OWNER_NAME));
    expect(() => writeOwner(directory, owner())).toThrow();
    expect(readFileSync(join(directory, UNFINISHED_OWNER_NAME), 'utf8')).toBe(
      `${JSON.stringify(owner())}\n`,
    );
    rmSync(join(directory, OWNER_NAME), { recursive: true });
    rmSync(join(directory, UNFINISHED_OWNER_NAME));
    writeOwner(directory, owner());
    expect(readdirSync(directory)).toEqual([OWNER_NAME]);
  });

  test.skipIf(process.platform === 'win32')('is never written through a waiting link', () => {
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(directory, UNFINISHED_OWNER_NAME));
    expect(() => writeOwner(directory, owner())).toThrow(/EEXIST/);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  test('is undefined where there is none, and refused where it is no file of ours', () => {
    expect(readOwnerText(directory)).toBeUndefined();
    mkdirSync(join(directory, OWNER_NAME));
    expect(() => readOwnerText(directory)).toThrow(/no owner file/);
    rmSync(join(directory, OWNER_NAME), { recursive: true });
    writeFileSync(join(directory, OWNER_NAME), ' '.repeat(16_385));
    expect(() => readOwnerText(directory)).toThrow(/no owner file/);
  });

  test.skipIf(process.platform === 'win32')('is never read through a link', () => {
    writeFileSync(join(directory, 'elsewhere'), '{}');
    symlinkSync(join(directory, 'elsewhere'), join(directory, OWNER_NAME));
    expect(() => readOwnerText(directory)).toThrow(/no owner file/);
  });

  test.each([
    '',
    '{"pid":4',
    'null',
    '7',
    '[]',
    '{}',
    ...[0, -1, 1.5, 2 ** 31, '42', null].map((pid) => JSON.stringify({ ...owner(), pid })),
    JSON.stringify({ ...owner(), pipe: 5 }),
    JSON.stringify({ ...owner(), host: undefined }),
    JSON.stringify({ ...owner(), version: undefined }),
    JSON.stringify({ ...owner(), startTime: 1000 }),
    JSON.stringify({ ...owner(), bootId: null }),
    JSON.stringify({ ...owner(), pidNamespace: 1 }),
  ])('names no owner when it holds %s', (text) => {
    expect(parseOwner(text)).toBeUndefined();
  });
});
