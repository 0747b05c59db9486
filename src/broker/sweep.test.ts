import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { directory as base } from '../testing/directory.ts';
import { claimParent, makeDirectory, SOCKET_NAME } from './directory.ts';
import { OWNER_NAME, type Owner, ownerAt, UNFINISHED_OWNER_NAME, writeOwner } from './owner.ts';
import { createPipe } from './pipe.ts';
import { currentPlatform, type Platform } from './platform.ts';
import { writeSecret } from './secret.ts';
import { sweepDead } from './sweep.ts';

const windows = process.platform === 'win32';
let parent: string;
let platform: Platform;
const children: ChildProcess[] = [];
const servers: Server[] = [];
beforeEach(() => {
  parent = join(base, 'p');
  platform = { ...currentPlatform(), parents: [parent] };
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
});

function directory(): string {
  claimParent(parent, platform);
  return makeDirectory(parent, platform);
}

/** A pid that no process has. */
const NOBODY = 0x7ffffffe;

/** The directory of a broker that is dead by its pid, or by what `facts` say otherwise. */
function broker(facts: Partial<Owner> = {}): string {
  const place = directory();
  writeOwner(place, { ...ownerAt(platform, join(place, SOCKET_NAME), '1', NOBODY), ...facts });
  return place;
}

/** Gives the directory a modification time that lies so long ago. */
function age(place: string, ms: number): void {
  const then = (Date.now() - ms) / 1_000;
  utimesSync(place, then, then);
}

async function listen(pipe: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  server.listen(pipe);
  await once(server, 'listening');
}

/** A process that listens in a broker's directory of its own. */
async function childBroker(): Promise<{ child: ChildProcess; place: string }> {
  const place = directory();
  const pipe = join(place, SOCKET_NAME);
  const script = `require('net').createServer().listen(${JSON.stringify(pipe)}, () => console.log())`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout!, 'data');
  writeOwner(place, ownerAt(platform, pipe, '1', child.pid!));
  return { child, place };
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe.skipIf(windows)('a broker in a process of its own', () => {
  test('is left alone while it runs, also while it is stopped, and swept once it was killed', async () => {
    const { child, place } = await childBroker();
    expect(await sweepDead(platform)).toEqual([]);
    child.kill('SIGSTOP');
    expect(await sweepDead(platform)).toEqual([]);
    expect(readdirSync(place).sort()).toEqual([OWNER_NAME, SOCKET_NAME]);
    await killed(child);
    expect(await sweepDead(platform)).toEqual([place]);
    expect(readdirSync(base)).toEqual([]);
  });

  test('that was killed is swept beside one that runs', async () => {
    const [dead, live] = [await childBroker(), await childBroker()];
    await killed(dead.child);
    expect(await sweepDead(platform)).toEqual([dead.place]);
    expect(readdirSync(live.place).sort()).toEqual([OWNER_NAME, SOCKET_NAME]);
  });
});

describe('a dead owner’s directory', () => {
  test('goes, with the socket that refuses', async () => {
    const place = broker();
    // A file in the socket's place refuses as a dead broker's socket does.
    if (!windows) writeFileSync(join(place, SOCKET_NAME), '');
    expect(await sweepDead(platform)).toEqual([place]);
    expect(existsSync(place)).toBe(false);
  });

  test('goes with the secret in it', async () => {
    const place = broker();
    writeSecret(place, 'a'.repeat(64));
    expect(await sweepDead(platform)).toEqual([place]);
    expect(readdirSync(base)).toEqual([]);
  });

  test.skipIf(windows)('stays while somebody listens there all the same', async () => {
    const place = broker();
    await listen(join(place, SOCKET_NAME));
    expect(await sweepDead(platform)).toEqual([]);
    expect(readdirSync(place).sort()).toEqual([OWNER_NAME, SOCKET_NAME]);
  });

  test('goes in every parent of the user', async () => {
    const places = [broker()];
    const first = parent;
    parent = join(base, 'q');
    places.push(broker());
    const gone = await sweepDead({ ...platform, parents: [first, join(base, 'none'), parent] });
    expect(gone).toEqual(places);
    expect(readdirSync(base)).toEqual([]);
  });

  test.skipIf(windows)('is probed where it lies here, not where its owner saw it', async () => {
    const elsewhere = join(base, 'elsewhere');
    await listen(elsewhere);
    const place = broker({ pipe: elsewhere });
    expect(await sweepDead(platform)).toEqual([place]);
  });
});

describe('regression: a refused connect alone proves no death', () => {
  test('of a broker that has made its place and does not listen yet', async () => {
    const pipe = createPipe(platform, { version: '1' });
    expect(await sweepDead(platform, { graceMs: -1 })).toEqual([]);
    expect(existsSync(pipe.directory)).toBe(true);
  });

  test.runIf(process.platform === 'linux').each([
    ['in another pid namespace', { pidNamespace: 'pid:[1]' }],
    ['on another host', { bootId: 'another', host: 'another' }],
  ])('of a broker %s', async (_where, facts) => {
    const place = broker(facts);
    age(place, 86_400_000);
    expect(await sweepDead(platform)).toEqual([]);
    expect(existsSync(place)).toBe(true);
  });
});

describe('a directory without an owner file', () => {
  test('stays within the grace and goes after it', async () => {
    const place = directory();
    age(place, 50_000);
    expect(await sweepDead(platform)).toEqual([]);
    age(place, 70_000);
    expect(await sweepDead(platform)).toEqual([place]);
  });

  test('stays while it seems to come from the future: the clock was set back', async () => {
    age(directory(), -86_400_000);
    expect(await sweepDead(platform)).toEqual([]);
  });

  test('goes with a half-written owner file, with one that holds no owner, and with a secret alone', async () => {
    const [half, empty, secret] = [directory(), directory(), directory()];
    writeSecret(secret, 'a'.repeat(64));
    writeFileSync(join(half, UNFINISHED_OWNER_NAME), '{"pid":');
    writeFileSync(join(empty, OWNER_NAME), '');
    expect(await sweepDead(platform)).toEqual([]);
    for (const place of [half, empty, secret]) age(place, 70_000);
    expect((await sweepDead(platform)).sort()).toEqual([half, empty, secret].sort());
  });

  test.skipIf(windows)(
    'stays while somebody listens in it: a cleaner of /tmp took the file',
    async () => {
      const place = directory();
      await listen(join(place, SOCKET_NAME));
      age(place, 70_000);
      expect(await sweepDead(platform)).toEqual([]);
      expect(existsSync(join(place, SOCKET_NAME))).toBe(true);
    },
  );
});

describe('on Windows', () => {
  const asOnWindows = (): Platform => ({ ...platform, kind: 'windows', uid: undefined });
  const pipe = `\\\\.\\pipe\\ephemeral-broker-${'0'.repeat(32)}`;

  test('the pipe named in the owner file is the one that must be gone', async () => {
    const place = broker({ pipe });
    expect(await sweepDead(asOnWindows())).toEqual([place]);
  });

  test.skipIf(windows)('a pipe that answers keeps its directory', async () => {
    // Here the name is that of a socket in the working directory.
    const before = process.cwd();
    process.chdir(base);
    try {
      await listen(pipe);
      broker({ pipe });
      expect(await sweepDead(asOnWindows())).toEqual([]);
    } finally {
      for (const server of servers.splice(0)) server.close();
      process.chdir(before);
    }
  });

  test('no name that is not a broker’s is ever connected to', async () => {
    const place = broker({ pipe: '\\\\other-host\\pipe\\ephemeral-broker-1' });
    expect(await sweepDead(asOnWindows())).toEqual([]);
    expect(existsSync(place)).toBe(true);
  });
});

describe('a sweep', () => {
  test('with nothing to do resolves to nothing, and makes nothing', async () => {
    expect(await sweepDead(platform)).toEqual([]);
    expect(existsSync(parent)).toBe(false);
  });

  test('looks at nothing before it has given the event loop back, so that it delays no listen', async () => {
    broker();
    let looks = 0;
    const counting: Platform = {
      ...platform,
      processAt(pid) {
        looks++;
        return platform.processAt(pid);
      },
    };
    const sweep = sweepDead(counting);
    await Promise.resolve();
    expect(looks).toBe(0);
    await sweep;
    expect(looks).toBe(1);
  });

  test('leaves what is not a broker’s', async () => {
    broker();
    writeFileSync(join(parent, 'notes.txt'), '');
    mkdirSync(join(parent, 'stranger'));
    age(join(parent, 'stranger'), 70_000);
    await sweepDead(platform);
    expect(readdirSync(parent).sort()).toEqual(['notes.txt', 'stranger']);
  });

  test.skipIf(windows)('goes through no link', async () => {
    const place = broker();
    parent = join(base, 'q');
    claimParent(parent, platform);
    symlinkSync(place, join(parent, 'b-linked'));
    symlinkSync(join(base, 'p'), join(base, 'r'));
    expect(await sweepDead({ ...platform, parents: [parent, join(base, 'r')] })).toEqual([]);
    expect(existsSync(place)).toBe(true);
  });

  test('passes over what it cannot read', async () => {
    const broken = directory();
    mkdirSync(join(broken, OWNER_NAME));
    const place = broker();
    expect(await sweepDead(platform)).toEqual([place]);
    expect(existsSync(broken)).toBe(true);
  });

  test('never rejects, even where a system call fails in a way nobody thought of', async () => {
    broker();
    const failing: Platform = {
      ...platform,
      processAt() {
        throw new Error('seeded');
      },
    };
    expect(await sweepDead(failing)).toEqual([]);
  });

  test('and another at the same time, and brokers that start, get along', async () => {
    const dead = Array.from({ length: 10 }, () => broker());
    const sweeps = [1, 2, 3].map(() => sweepDead(platform, { graceMs: -1 }));
    const live = Array.from({ length: 5 }, () => createPipe(platform, { version: '1' }));
    sweeps.push(sweepDead(platform, { graceMs: -1 }));
    const gone = new Set((await Promise.all(sweeps)).flat());
    expect([...gone].sort()).toEqual(dead.sort());
    for (const pipe of live) expect(existsSync(join(pipe.directory, OWNER_NAME))).toBe(true);
  });

  test('looks at no more directories than it may, and at the others next time', async () => {
    const dead = Array.from({ length: 5 }, () => broker());
    const gone: string[] = [];
    for (const most of [2, 2, 1]) {
      const now = await sweepDead(platform, { maxDirectories: 2 });
      expect(now).toHaveLength(most);
      gone.push(...now);
    }
    expect(gone.sort()).toEqual(dead.sort());
  });

  test('reaches the dead behind any number that must stay', async () => {
    const place = broker();
    for (let i = 0; i < 3; i++) createPipe(platform, { version: '1' });
    const gone: string[] = [];
    for (const random of [0, 0.25, 0.5, 0.75]) {
      gone.push(...(await sweepDead(platform, { maxDirectories: 1, random: () => random })));
    }
    expect(gone).toEqual([place]);
  });

  test('begins nothing once its time is over', async () => {
    broker();
    expect(await sweepDead(platform, { maxMs: 0 })).toEqual([]);
  });
});
