import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startBroker } from 'ephemeral-broker';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { installation } from '../installation.ts';
import type { Env } from '../project.ts';
import { type Run, VitestProject } from './run.ts';

const POOLS = {
  accounts: ['a', 'b', 'c', 'd', 'e'],
  own: { values: ['of this machine'], shard: 'whole' },
} as const;

describe.each(['vitest-4', 'vitest-5'] as const)('%s', (version) => {
  let project: VitestProject;

  beforeAll(async () => {
    project = await VitestProject.copy('vitest-shard', await installation(version));
  });

  beforeEach(() => rm(join(project.directory, 'leased.txt'), { force: true }));

  afterAll(() => project.remove());

  /** What a run that passes has leased, and of which shard its broker was. */
  async function leased(args: string[], env?: Env) {
    const run = await project.run(args, env);
    expect([run.code, run.errors], run.output).toEqual([0, []]);
    const accounts = new Set((await project.file('leased.txt')).trim().split('\n'));
    await rm(join(project.directory, 'leased.txt'));
    const { shard } = JSON.parse((await project.file('journal.jsonl')).split('\n')[0]!);
    return { accounts: [...accounts].sort().join(''), shard };
  }

  test('--shard: no account is leased by two shards, and each is by one', async () => {
    expect(await leased(['--shard=1/2'])).toEqual({
      accounts: 'ace',
      shard: { current: 1, total: 2 },
    });
    expect(await leased(['--shard=2/2'])).toEqual({
      accounts: 'bd',
      shard: { current: 2, total: 2 },
    });
  });

  test('without --shard, the variable tells the shard; without both, the run has all', async () => {
    expect((await leased([], { EPHEMERAL_BROKER_SHARD: '2/5' })).accounts).toBe('b');
    expect((await leased([])).accounts).toBe('abcde');
  });

  const refused: [what: string, args: string[], env: Env, told: string][] = [
    [
      'more shards than accounts',
      // More shards than files Vitest 5 refuses by itself.
      ['--shard=1/3'],
      { ACCOUNTS: '2' },
      'pools.accounts: the pool has 2 values, too few to split among 3 shards. Add values, run fewer shards, or',
    ],
    [
      'a variable that is no shard',
      [],
      { EPHEMERAL_BROKER_SHARD: '3' },
      "EPHEMERAL_BROKER_SHARD is '3': expected which shard of how many this run is",
    ],
    [
      'a variable that says another shard',
      ['--shard=1/2'],
      { EPHEMERAL_BROKER_SHARD: '2/2' },
      "EPHEMERAL_BROKER_SHARD is '2/2', but the runner's shard is '1/2'",
    ],
  ];

  test.each(refused)('%s: the run ends at once, and says why', async (_what, args, env, told) => {
    expectRefusal(await project.run(args, env), told);
  });

  test('a broker of another shard is refused, with how to start one of this', async () => {
    await using broker = await startBroker({ pools: POOLS, shard: 'split' });
    const hint = 'set EPHEMERAL_BROKER_SHARD=2/2 where the broker is started';
    expectRefusal(await project.run(['--shard=2/2'], broker.env), hint);
  });

  test('a broker of this shard is joined', async () => {
    vi.stubEnv('EPHEMERAL_BROKER_SHARD', '2/2');
    await using broker = await startBroker({ pools: POOLS, shard: 'split' });
    vi.unstubAllEnvs();
    const run = await project.run(['--shard=2/2'], broker.env);
    expect([run.code, run.errors], run.output).toEqual([0, []]);
    expect(await project.file('leased.txt')).toMatch(/^([bd]\n)+$/);
  });
});

function expectRefusal(run: Run, told: string): void {
  expect([run.code, run.passed], run.output).toEqual([1, 0]);
  expect(run.output).toContain(told);
}
