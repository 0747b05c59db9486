import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { endAll, makeDirectory, startHost } from './processes.ts';

afterEach(endAll);

/** Nobody, on all systems that have one. */
const NOBODY = 65_534;

/** Tries, as another user, to open the socket, the owner file, the secret and the directories; tells each outcome. */
const PROGRAM = `
  const { readdirSync, readFileSync } = require('node:fs');
  const { connect } = require('node:net');
  const [pipe, directory, parent] = process.argv.slice(1);
  const outcomes = {};
  for (const [name, act] of Object.entries({
    list: () => readdirSync(directory),
    listParent: () => readdirSync(parent),
    owner: () => readFileSync(directory + '/owner.json'),
    secret: () => readFileSync(directory + '/secret'),
  })) {
    try { act(); outcomes[name] = 'done'; } catch (error) { outcomes[name] = error.code; }
  }
  const socket = connect(pipe);
  const tell = (outcome) => { console.log(JSON.stringify({ ...outcomes, connect: outcome })); process.exit(); };
  socket.on('connect', () => tell('done')).on('error', ({ code }) => tell(code));
`;

// Only root can try what another user can.
test.runIf(process.getuid?.() === 0)(
  'another user reaches nothing of a broker, though its host has no umask',
  async () => {
    const runtime = makeDirectory();
    chmodSync(runtime, 0o777);
    const before = process.umask(0);
    try {
      const host = await startHost({}, runtime);
      const { pipe } = host.address;
      const directory = dirname(pipe);
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['-e', PROGRAM, pipe, directory, dirname(directory)],
        { uid: NOBODY, gid: NOBODY, cwd: '/', env: {} },
      );
      expect(JSON.parse(stdout)).toEqual({
        list: 'EACCES',
        listParent: 'EACCES',
        owner: 'EACCES',
        secret: 'EACCES',
        connect: 'EACCES',
      });
    } finally {
      process.umask(before);
    }
  },
);
