import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { currentPlatform, platformOf, type System } from './platform.ts';

const noSuchProcess = Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
const notPermitted = Object.assign(new Error('kill EPERM'), { code: 'EPERM' });

/** A system with these files and links and no process but its own. */
function system(
  facts: Partial<System> & {
    files?: Record<string, string>;
    links?: Record<string, string>;
    processes?: Record<number, 'ours' | 'not ours'>;
  } = {},
): System {
  const { files = {}, links = {}, processes = {}, ...rest } = facts;
  return {
    os: 'linux',
    env: {},
    tmpDir: '/tmp',
    uid: 501,
    pid: 77,
    host: 'box',
    read: (path) => files[path],
    readLink: (path) => links[path],
    ownerOf: () => undefined,
    probe(pid) {
      if (!processes[pid]) throw noSuchProcess;
      if (processes[pid] === 'not ours') throw notPermitted;
    },
    ...rest,
  };
}

/** As /proc/<pid>/stat has it. */
const statLine = (pid: number, name: string, state: string, startTime: string): string =>
  `${pid} (${name}) ${state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 ${startTime} 20 21\n`;

describe('the longest address', () => {
  test.each([
    ['linux', 107],
    ['android', 107],
    ['darwin', 103],
    ['freebsd', 103],
    ['win32', 256],
  ] as const)('on %s takes %i bytes', (os, bytes) => {
    expect(platformOf(system({ os })).maxPathBytes).toBe(bytes);
  });

  test('is a pipe name on Windows and a path everywhere else', () => {
    expect(platformOf(system({ os: 'win32' })).kind).toBe('windows');
    for (const os of ['linux', 'darwin', 'freebsd'] as const) {
      expect(platformOf(system({ os })).kind).toBe('unix');
    }
  });
});

describe('the parent directories', () => {
  const runtime = { XDG_RUNTIME_DIR: '/run/user/501' };

  test('begin with the runtime directory where that is this user’s', () => {
    expect(platformOf(system({ env: runtime, ownerOf: () => 501 })).parents).toEqual([
      '/run/user/501/ephemeral-broker',
      '/tmp/ephemeral-broker-501',
    ]);
  });

  test.each([
    ['belongs to another user, as under sudo', runtime, () => 1000],
    ['is not there', runtime, () => undefined],
    ['is a relative path', { XDG_RUNTIME_DIR: 'run' }, () => 501],
    ['is empty', { XDG_RUNTIME_DIR: '' }, () => 501],
  ])('leave out a runtime directory that %s', (_why, env, ownerOf) => {
    expect(platformOf(system({ env, ownerOf })).parents).toEqual(['/tmp/ephemeral-broker-501']);
  });

  test.each([
    ['linux', '/work/brokers', '/work/brokers/ephemeral-broker'],
    ['win32', 'C:\\brokers', 'C:\\brokers\\ephemeral-broker'],
  ] as const)(
    'are the one in the directory that EPHEMERAL_DIR names, on %s',
    (os, directory, parent) => {
      const env = { ...runtime, EPHEMERAL_DIR: directory };
      expect(platformOf(system({ os, env, ownerOf: () => 501 })).parents).toEqual([parent]);
    },
  );

  test('end with /tmp where the temporary directory is another one', () => {
    expect(platformOf(system({ os: 'darwin', tmpDir: '/var/folders/ab/cd/T' })).parents).toEqual([
      '/var/folders/ab/cd/T/ephemeral-broker-501',
      '/tmp/ephemeral-broker-501',
    ]);
  });

  test('are absolute even where TMPDIR is not: workers have working directories of their own', () => {
    expect(platformOf(system({ tmpDir: 'tmp' })).parents[0]).toBe(
      `${process.cwd()}/tmp/ephemeral-broker-501`,
    );
  });

  test('are one on Windows, in the user’s own temporary directory', () => {
    const tmpDir = 'C:\\Users\\me\\AppData\\Local\\Temp';
    expect(platformOf(system({ os: 'win32', tmpDir, uid: undefined })).parents).toEqual([
      'C:\\Users\\me\\AppData\\Local\\Temp\\ephemeral-broker',
    ]);
  });
});

describe('the boot and the pid namespace', () => {
  const files = { '/proc/sys/kernel/random/boot_id': 'b-1\n' };
  const links = { '/proc/self/ns/pid': 'pid:[4026531836]' };

  test('are told on Linux', () => {
    const platform = platformOf(system({ files, links }));
    expect(platform.bootId).toBe('b-1');
    expect(platform.pidNamespace).toBe('pid:[4026531836]');
  });

  test('are not looked for elsewhere, and not made up where Linux hides them', () => {
    for (const facts of [{ os: 'darwin' }, { os: 'win32' }] as const) {
      const platform = platformOf(system({ ...facts, files, links }));
      expect(platform.bootId).toBeUndefined();
      expect(platform.pidNamespace).toBeUndefined();
    }
    expect(platformOf(system()).bootId).toBeUndefined();
    expect(platformOf(system()).pidNamespace).toBeUndefined();
  });
});

describe('a process', () => {
  const links = { '/proc/self': '77' };
  const processes = { 5: 'ours' } as const;
  const at5 = (stat: string) =>
    platformOf(system({ links, processes, files: { '/proc/5/stat': stat } })).processAt(5);

  test.each(['linux', 'darwin', 'win32'] as const)(
    'that is not there is not there, on %s',
    (os) => {
      expect(platformOf(system({ os })).processAt(5)).toBeUndefined();
    },
  );

  test.each(['linux', 'darwin', 'win32'] as const)(
    'that may not be signalled is there, on %s',
    (os) => {
      const found = platformOf(system({ os, processes: { 5: 'not ours' } })).processAt(5);
      expect(found).toEqual({ startTime: undefined });
    },
  );

  test('has a start time on Linux', () => {
    expect(at5(statLine(5, 'node', 'S', '8312'))).toEqual({ startTime: '8312' });
  });

  test('keeps its start time whatever its program is called', () => {
    expect(at5(statLine(5, 'a) Z 1 (b', 'R', '8312'))).toEqual({ startTime: '8312' });
  });

  test.each(['Z', 'X'])('in state %s is dead: only its parent has not asked yet', (state) => {
    expect(at5(statLine(5, 'node', state, '8312'))).toBeUndefined();
  });

  test('in state T is alive: a stopped broker is no dead one', () => {
    expect(at5(statLine(5, 'node', 'T', '8312'))).toEqual({ startTime: '8312' });
  });

  test('has no start time where its file cannot be read', () => {
    expect(platformOf(system({ links, processes })).processAt(5)).toEqual({ startTime: undefined });
  });

  test('is not confused with another one where /proc is of another pid namespace', () => {
    const files = { '/proc/5/stat': statLine(5, 'other', 'Z', '1') };
    const platform = platformOf(system({ links: { '/proc/self': '9077' }, processes, files }));
    expect(platform.processAt(5)).toEqual({ startTime: undefined });
  });
});

describe('the current platform', () => {
  test('finds this very process, the same at every look', () => {
    const found = currentPlatform().processAt(process.pid);
    expect(found).toBeDefined();
    expect(currentPlatform().processAt(process.pid)).toEqual(found);
  });

  test.runIf(process.platform === 'linux')('tells boot, namespace and start time on Linux', () => {
    const platform = currentPlatform();
    expect(platform.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(platform.pidNamespace).toMatch(/^pid:\[\d+\]$/);
    expect(platform.processAt(process.pid)!.startTime).toMatch(/^\d+$/);
  });

  test.runIf(process.platform === 'linux')('uses the runtime directory of the environment', () => {
    const runtime = mkdtempSync(join(tmpdir(), 'eb-'));
    const before = process.env.XDG_RUNTIME_DIR;
    try {
      process.env.XDG_RUNTIME_DIR = runtime;
      expect(currentPlatform().parents[0]).toBe(join(runtime, 'ephemeral-broker'));
    } finally {
      if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = before;
      rmSync(runtime, { recursive: true });
    }
  });
});
