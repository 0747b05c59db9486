import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveConfig } from '../config/check.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { Journal } from '../core/journal.ts';
import { Session } from '../core/session.ts';
import { directory } from '../testing/directory.ts';
import { writeJournal } from './journal-file.ts';
import { MachineUse } from './machine.ts';

let journal: Journal;

beforeEach(() => {
  journal = new Journal(new FakeClock());
  const session = new Session(1, { worker: '\n</script>' });
  journal.sessionStarted(session);
  journal.sessionEnded(session);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const config = (file?: string) =>
  resolveConfig({ pools: { accounts: [{ password: 'hunter2' }] }, journal: file }, 'test');

test('is JSON, one event a line, oldest first, under a line that says what it is', () => {
  const file = join(directory, 'j');
  writeJournal(config(file), journal, new MachineUse());
  const text = readFileSync(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { journal: 1, version: expect.any(String), pools: [{ name: 'accounts', size: 1 }] },
    { type: 'session', identity: { worker: '\n</script>' } },
    { type: 'session_end' },
  ]);
});

test('holds no value of a pool', () => {
  const file = join(directory, 'j');
  writeJournal(config(file), journal, new MachineUse());
  expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
});

test.skipIf(process.platform === 'win32')(
  'a new file can be read by this user alone, whatever the umask',
  () => {
    const before = process.umask(0);
    try {
      const file = join(directory, 'j');
      writeJournal(config(file), journal, new MachineUse());
      expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(before);
    }
  },
);

test('goes where the environment says, before the config', () => {
  const [here, there] = [join(directory, 'here'), join(directory, 'there')];
  vi.stubEnv('EPHEMERAL_JOURNAL', here);
  writeJournal(config(there), journal, new MachineUse());
  expect(readdirSync(directory)).toEqual(['here']);
});

test('is written nowhere unless somebody asked', () => {
  vi.stubEnv('EPHEMERAL_JOURNAL', '');
  writeJournal(config(), journal, new MachineUse());
  expect(readdirSync(directory)).toEqual([]);
});

test('that cannot be written is told, and stops nobody', () => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  writeJournal(config(join(directory, 'none', 'j')), journal, new MachineUse());
  expect(String(told.mock.calls)).toContain('the journal was not written');
});
