import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { directory as base } from '../testing/directory.ts';
import {
  brokerDirectories,
  CONTENTS,
  claimParent,
  clearDirectory,
  look,
  makeDirectory,
  SOCKET_NAME,
  socketUnder,
} from './directory.ts';
import { OWNER_NAME, ownerAt, UNFINISHED_OWNER_NAME, writeOwner } from './owner.ts';
import { currentPlatform, type Platform } from './platform.ts';

const windows = process.platform === 'win32';
let parent: string;
let platform: Platform;
beforeEach(() => {
  parent = join(base, 'parent');
  platform = { ...currentPlatform(), parents: [parent] };
});

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

/** A new directory of a broker, with an owner file unless `version` is left out. */
function broker(version?: string): string {
  claimParent(parent, platform);
  const directory = makeDirectory(parent, platform);
  if (version) writeOwner(directory, ownerAt(platform, join(directory, SOCKET_NAME), version));
  return directory;
}

describe('the parent', () => {
  test.skipIf(windows)('is made for this user alone, whatever the umask', () => {
    for (const umask of [0, 0o022, 0o777]) {
      const before = process.umask(umask);
      try {
        claimParent(parent, platform);
      } finally {
        process.umask(before);
      }
      expect(modeOf(parent)).toBe(0o700);
      rmdirSync(parent);
    }
  });

  test('is taken as it is when it is there, with what is in it', () => {
    const directory = broker();
    claimParent(parent, platform);
    expect(existsSync(directory)).toBe(true);
  });

  test.skipIf(windows)('of ours that others can open is closed to them', () => {
    mkdirSync(parent);
    chmodSync(parent, 0o777);
    claimParent(parent, platform);
    expect(modeOf(parent)).toBe(0o700);
  });

  test.skipIf(windows)('of another user is refused, and left as it is', () => {
    mkdirSync(parent);
    chmodSync(parent, 0o755);
    const stranger = { ...platform, uid: platform.uid! + 1 };
    expect(() => claimParent(parent, stranger)).toThrow(
      `it belongs to another user (uid ${platform.uid})`,
    );
    expect(modeOf(parent)).toBe(0o755);
  });

  test.skipIf(windows)('is refused where it is a link, even one to a directory of ours', () => {
    const target = join(base, 'target');
    mkdirSync(target);
    chmodSync(target, 0o755);
    symlinkSync(target, parent);
    expect(() => claimParent(parent, platform)).toThrow('it is a link');
    expect(modeOf(target)).toBe(0o755);
  });

  test('is refused where it is a file', () => {
    writeFileSync(parent, '');
    expect(() => claimParent(parent, platform)).toThrow('it is not a directory');
  });

  test('is not made where its own parent is missing', () => {
    expect(() => claimParent(join(parent, 'deeper'), platform)).toThrow(/ENOENT/);
  });

  test('is not judged by mode or user where files have none', () => {
    mkdirSync(parent);
    if (!windows) chmodSync(parent, 0o755);
    claimParent(parent, { ...platform, kind: 'windows', uid: undefined });
    if (!windows) expect(modeOf(parent)).toBe(0o755);
  });
});

describe('a broker’s directory', () => {
  test.skipIf(windows)('is open to this user alone under any umask', () => {
    const before = process.umask(0);
    try {
      expect(modeOf(broker())).toBe(0o700);
    } finally {
      process.umask(before);
    }
  });

  test('is another one each time', () => {
    expect(new Set([broker(), broker(), broker()]).size).toBe(3);
  });

  test('has a socket of the length that was foretold', () => {
    expect(join(broker(), SOCKET_NAME)).toHaveLength(socketUnder(parent).length);
  });

  test('is listed, and nothing else is', () => {
    const mine = [broker('1'), broker()];
    mkdirSync(join(parent, 'b-tooLongByFar'));
    mkdirSync(join(parent, 'stranger'));
    writeFileSync(join(parent, 'file'), '');
    expect([...brokerDirectories(platform)].sort()).toEqual(mine.sort());
  });

  test('is listed from every parent of the user, missing ones passed over', () => {
    const first = broker();
    const others = [join(base, 'missing'), parent];
    expect([...brokerDirectories({ ...platform, parents: others })]).toEqual([first]);
    expect([...brokerDirectories({ ...platform, parents: [join(base, 'missing')] })]).toEqual([]);
  });

  test.skipIf(windows)('is not listed from a parent that is a link or another user’s', () => {
    broker('1');
    expect([...brokerDirectories({ ...platform, uid: platform.uid! + 1 })]).toEqual([]);
    const link = join(base, 'link');
    symlinkSync(parent, link);
    expect([...brokerDirectories({ ...platform, parents: [link] })]).toEqual([]);
  });

  test.skipIf(windows)('is not looked into where it is a link or another user’s', () => {
    const directory = broker('1');
    expect(look(directory, { ...platform, uid: platform.uid! + 1 })).toBeUndefined();
    const link = join(parent, 'b-linked');
    symlinkSync(directory, link);
    expect(look(link, platform)).toBeUndefined();
    expect(look(directory, platform)).toBeDefined();
  });
});

describe('clearing', () => {
  test('removes the directory with all that a broker makes, and the empty parent', () => {
    const directory = broker('1');
    for (const name of CONTENTS) writeFileSync(join(directory, name), '', { flag: 'a' });
    expect(clearDirectory(look(directory, platform)!)).toBe(true);
    expect(existsSync(parent)).toBe(false);
    expect(existsSync(base)).toBe(true);
  });

  test('leaves the parent while another broker is in it', () => {
    const [mine, other] = [broker('1'), broker('2')];
    expect(clearDirectory(look(mine, platform)!)).toBe(true);
    expect(readdirSync(other)).toEqual([OWNER_NAME]);
  });

  test('of what is gone already is done', () => {
    const seen = look(broker('1'), platform)!;
    expect(clearDirectory(seen)).toBe(true);
    expect(clearDirectory(seen)).toBe(true);
  });

  test('leaves a directory that was given another owner', () => {
    const directory = broker('1');
    const seen = look(directory, platform)!;
    writeOwner(directory, ownerAt(platform, join(directory, SOCKET_NAME), '2'));
    writeFileSync(join(directory, SOCKET_NAME), '');
    expect(clearDirectory({ ...seen, names: CONTENTS })).toBe(false);
    expect(readdirSync(directory).sort()).toEqual([OWNER_NAME, SOCKET_NAME]);
  });

  test('leaves another directory that came in the place of the one seen', () => {
    const directory = broker('1');
    const seen = { ...look(directory, platform)!, names: CONTENTS };
    renameSync(directory, `${directory}-old`);
    mkdirSync(directory);
    writeFileSync(join(directory, SOCKET_NAME), '');
    expect(clearDirectory(seen)).toBe(false);
    expect(readdirSync(directory)).toEqual([SOCKET_NAME]);
  });

  test('leaves a broker whole that wrote its owner and began to listen since it was seen without', () => {
    const directory = broker();
    const seen = look(directory, platform)!;
    writeFileSync(join(directory, SOCKET_NAME), '');
    expect(clearDirectory(seen)).toBe(false);
    expect(existsSync(join(directory, SOCKET_NAME))).toBe(true);
    writeOwner(directory, ownerAt(platform, join(directory, SOCKET_NAME), '1'));
    expect(clearDirectory(seen)).toBe(false);
    expect(readdirSync(directory).sort()).toEqual([OWNER_NAME, SOCKET_NAME]);
  });

  test('of a half-written owner makes its writer fail, never half a directory', () => {
    const directory = broker();
    writeFileSync(join(directory, UNFINISHED_OWNER_NAME), '{"pid":');
    expect(clearDirectory(look(directory, platform)!)).toBe(true);
    expect(() => writeOwner(directory, ownerAt(platform, 'p', '1'))).toThrow(/ENOENT/);
  });

  test('keeps a directory with a foreign file in it, and the file', () => {
    const directory = broker('1');
    writeFileSync(join(directory, 'notes.txt'), 'precious');
    expect(clearDirectory(look(directory, platform)!)).toBe(false);
    expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('precious');
  });

  test.skipIf(windows)('follows no link, neither of the directory nor in it', () => {
    const victim = join(base, 'victim');
    mkdirSync(victim);
    for (const name of CONTENTS) writeFileSync(join(victim, name), 'precious');

    const directory = broker('1');
    const seen = { ...look(directory, platform)!, names: CONTENTS };
    symlinkSync(join(victim, SOCKET_NAME), join(directory, SOCKET_NAME));
    expect(clearDirectory(seen)).toBe(true);

    mkdirSync(dirname(directory));
    symlinkSync(victim, directory);
    expect(clearDirectory(seen)).toBe(false);
    const { dev, ino } = lstatSync(victim);
    expect(clearDirectory({ ...seen, dev, ino, owner: 'precious' })).toBe(false);
    expect(readdirSync(victim).sort()).toEqual([...CONTENTS].sort());
  });
});
