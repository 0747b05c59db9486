import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { directory as base } from '../testing/directory.ts';
import { SOCKET_NAME } from './directory.ts';
import {
  OWNER_NAME,
  parseOwner,
  readOwnerText,
  UNFINISHED_OWNER_NAME,
  verdictOn,
} from './owner.ts';
import { createPipe } from './pipe.ts';
import { currentPlatform, type Platform } from './platform.ts';
import { SECRET_NAME } from './secret.ts';

const windows = process.platform === 'win32';
let parent: string;
let platform: Platform;
beforeEach(() => {
  parent = join(base, 'p');
  platform = { ...currentPlatform(), parents: [parent] };
});

const create = (facts: Partial<Platform> = {}) =>
  createPipe({ ...platform, ...facts }, { version: '1.2.3' });

const ownerOf = (directory: string) => parseOwner(readOwnerText(directory)!)!;

/** Like Windows as far as a broker's address goes, on any system. */
const asOnWindows: Partial<Platform> = { kind: 'windows', maxPathBytes: 256, uid: undefined };

function refusalOf(facts: Partial<Platform>): BrokerError {
  let thrown: unknown;
  try {
    create(facts);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(BrokerError);
  expect((thrown as BrokerError).code).toBe('bad_address');
  return thrown as BrokerError;
}

/** Does `once` at the moment between making the directory and writing the owner file. */
const meanwhile = (act: (directory: string) => void): Partial<Platform> => {
  let pending = true;
  return {
    processAt(pid) {
      if (pending) {
        pending = false;
        act(join(parent, readdirSync(parent)[0]!));
      }
      return platform.processAt(pid);
    },
  };
};

describe.skipIf(windows)('on UNIX', () => {
  test('the socket’s place is a fresh directory that this user alone can open', () => {
    const before = process.umask(0);
    try {
      const [first, second] = [create(), create()];
      expect(first.directory).not.toBe(second.directory);
      for (const pipe of [first, second]) {
        expect(dirname(pipe.directory)).toBe(parent);
        expect(pipe.path).toBe(join(pipe.directory, SOCKET_NAME));
        expect(statSync(pipe.directory).mode & 0o777).toBe(0o700);
      }
      expect(statSync(parent).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(before);
    }
  });

  test('the owner file is there before anybody can listen, and names this process', () => {
    const pipe = create();
    expect(readdirSync(pipe.directory)).toEqual([OWNER_NAME]);
    const owner = ownerOf(pipe.directory);
    expect(owner).toMatchObject({ pid: process.pid, version: '1.2.3', pipe: pipe.path });
    expect(verdictOn(owner, platform)).not.toBe('dead');
  });

  test('the secret is there when the owner file is, where there is one', () => {
    const secret = 'a'.repeat(64);
    const pipe = createPipe(platform, { version: '1', secret });
    expect(readFileSync(join(pipe.directory, SECRET_NAME), 'utf8')).toBe(secret);
    expect(readdirSync(create().directory)).toEqual([OWNER_NAME]);
  });

  test('a broker whose secret cannot be written has no owner file either, and leaves nothing', () => {
    const facts = meanwhile((directory) => writeFileSync(join(directory, SECRET_NAME), ''));
    expect(() =>
      createPipe({ ...platform, ...facts }, { version: '1', secret: 'a'.repeat(64) }),
    ).toThrow(/EEXIST/);
    expect(readdirSync(base)).toEqual([]);
  });

  test('a path of the greatest length is listened on whole; one byte more is refused', async () => {
    const fill = platform.maxPathBytes - Buffer.byteLength(join(base, 'x/b-XXXXXX/s')) + 1;
    const longest = join(base, 'x'.repeat(fill));
    const pipe = create({ parents: [longest] });
    expect(Buffer.byteLength(pipe.path)).toBe(platform.maxPathBytes);
    const server = createServer().listen(pipe.path);
    await once(server, 'listening');
    expect(existsSync(pipe.path)).toBe(true);
    server.close();

    const error = refusalOf({ parents: [`${longest}x`] });
    expect(error.message).toContain(`${longest}x: `);
    expect(error.message).toContain(`${platform.maxPathBytes + 1} bytes`);
    expect(error.message).toContain('EPHEMERAL_DIR');
    expect(existsSync(`${longest}x`)).toBe(false);
  });

  test('the length of a path is counted in bytes, not in characters', () => {
    const maxPathBytes = join(base, 'äöü/b-XXXXXX/s').length;
    refusalOf({ parents: [join(base, 'äöü')], maxPathBytes });
    create({ parents: [join(base, 'äöü')], maxPathBytes: maxPathBytes + 3 });
  });

  test('a directory that is too long is passed over for the next, as with TMPDIR on macOS', () => {
    const long = join(base, 'x'.repeat(60));
    const pipe = create({ parents: [long, parent], maxPathBytes: join(long, 'b-XXXXXX').length });
    expect(dirname(pipe.directory)).toBe(parent);
  });

  test('a parent that is another user’s or a link is passed over for the next', () => {
    const link = join(base, 'link');
    mkdirSync(join(base, 'target'));
    symlinkSync(join(base, 'target'), link);
    const file = join(base, 'file');
    writeFileSync(file, '');
    const pipe = create({ parents: [link, file, join(base, 'missing/deeper'), parent] });
    expect(dirname(pipe.directory)).toBe(parent);
    expect(readdirSync(join(base, 'target'))).toEqual([]);
  });

  test('with no safe parent the error names each, why, and what to do', () => {
    const link = join(base, 'link');
    symlinkSync(base, link);
    mkdirSync(parent);
    const error = refusalOf({ parents: [link, parent], uid: platform.uid! + 1 });
    expect(error.message).toContain(`${link}: it is a link.`);
    expect(error.message).toContain(`${parent}: it belongs to another user (uid ${platform.uid}).`);
    expect(error.message).toContain('set EPHEMERAL_DIR to a directory of your own');
    expect(error.details).toEqual({ directories: [link, parent] });
    expect(readdirSync(parent)).toEqual([]);
  });

  test('a parent of ours that was left open is closed, and used', () => {
    mkdirSync(parent);
    chmodSync(parent, 0o777);
    expect(dirname(create().directory)).toBe(parent);
    expect(statSync(parent).mode & 0o777).toBe(0o700);
  });

  test('regression: closing an old server does not take the successor’s socket', async () => {
    const old = create();
    const oldServer = createServer().listen(old.path);
    await once(oldServer, 'listening');
    old.remove();
    const successor = create();
    const server = createServer((socket) => socket.end()).listen(successor.path);
    await once(server, 'listening');
    oldServer.close();
    await once(oldServer, 'close');
    old.remove();
    const socket = connect(successor.path);
    await once(socket, 'connect');
    socket.destroy();
    server.close();
  });
});

describe('on Windows', () => {
  test('a pipe has a name of 128 random bits that fits, and its owner file a directory', () => {
    const [first, second] = [create(asOnWindows), create(asOnWindows)];
    for (const pipe of [first, second]) {
      expect(pipe.path).toMatch(/^\\\\\.\\pipe\\ephemeral-broker-[0-9a-f]{32}$/);
      expect(pipe.path.length).toBeLessThanOrEqual(256);
      expect(dirname(pipe.directory)).toBe(parent);
      expect(ownerOf(pipe.directory).pipe).toBe(pipe.path);
    }
    expect(first.path).not.toBe(second.path);
  });

  test('the length of the owner file’s path does not matter to the pipe', () => {
    const long = join(base, 'x'.repeat(200), 'y');
    mkdirSync(dirname(long));
    create({ ...asOnWindows, parents: [long] }).remove();
  });

  test('removing takes the directory away', () => {
    const pipe = create(asOnWindows);
    pipe.remove();
    expect(existsSync(pipe.directory)).toBe(false);
  });
});

describe('starting while others end', () => {
  test('a broker whose ownerless directory a sweep took makes another', () => {
    let taken = '';
    const pipe = create(
      meanwhile((directory) => {
        taken = directory;
        rmSync(parent, { recursive: true });
      }),
    );
    expect(taken).not.toBe('');
    expect(pipe.directory).not.toBe(taken);
    expect(ownerOf(pipe.directory).pipe).toBe(pipe.path);
    expect(existsSync(pipe.directory)).toBe(true);
  });

  test('a broker that cannot write its owner file leaves nothing behind', () => {
    const facts = meanwhile((directory) => {
      writeFileSync(join(directory, UNFINISHED_OWNER_NAME), '');
    });
    expect(refusalOf(facts).message).toContain('EEXIST');
    expect(readdirSync(base)).toEqual([]);
  });
});

describe('removing', () => {
  test('leaves nothing behind, and may be called again', () => {
    const pipe = createPipe(platform, { version: '1', secret: 'a'.repeat(64) });
    if (!windows) writeFileSync(pipe.path, '');
    pipe.remove();
    expect(readdirSync(base)).toEqual([]);
    pipe.remove();
  });

  test('leaves the others of this user alone', () => {
    const [mine, other] = [create(), create()];
    mine.remove();
    expect(readdirSync(parent)).toEqual([basename(other.directory)]);
    expect(ownerOf(other.directory).pid).toBe(process.pid);
  });

  test('works when the parent, the directory or its files are gone already', () => {
    const [first, second, third] = [create(), create(), create()];
    rmSync(join(first.directory, OWNER_NAME));
    first.remove();
    expect(existsSync(first.directory)).toBe(false);
    rmSync(second.directory, { recursive: true });
    second.remove();
    rmSync(parent, { recursive: true });
    third.remove();
    expect(readdirSync(base)).toEqual([]);
  });

  test.each([[[SOCKET_NAME]], [[OWNER_NAME, SOCKET_NAME]]])(
    'regression: a successor in the same place keeps all that it has: %j',
    (names) => {
      const pipe = create();
      pipe.remove();
      mkdirSync(pipe.directory, { recursive: true });
      for (const name of names) writeFileSync(join(pipe.directory, name), '');
      pipe.remove();
      expect(readdirSync(pipe.directory).sort()).toEqual(names);
    },
  );

  test('a successor’s place is left alone at the first call, too', () => {
    const pipe = create();
    writeFileSync(join(pipe.directory, OWNER_NAME), 'another');
    writeFileSync(join(pipe.directory, SOCKET_NAME), '');
    pipe.remove();
    expect(readdirSync(pipe.directory).sort()).toEqual([OWNER_NAME, SOCKET_NAME]);
  });

  test('never throws: it runs in exit handlers', () => {
    const pipe = create();
    rmSync(join(pipe.directory, OWNER_NAME));
    mkdirSync(join(pipe.directory, OWNER_NAME));
    pipe.remove();
    expect(existsSync(pipe.directory)).toBe(true);
  });
});
