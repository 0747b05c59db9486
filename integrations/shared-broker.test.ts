import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startBroker } from '../src/broker/start.ts';
import { connect } from '../src/client/connect.ts';
import { resolveConfig } from '../src/config/check.ts';
import { VERSION } from '../src/protocol/version.ts';
import { SharedBroker } from './shared-broker.ts';

const load = async () => resolveConfig({ pools: { accounts: ['ann'] } }, 'test config');

let before: NodeJS.ProcessEnv;

beforeEach(() => {
  before = { ...process.env };
  delete process.env.EPHEMERAL_PIPE;
  delete process.env.EPHEMERAL_SECRET;
});

afterEach(() => {
  process.env = before;
  vi.restoreAllMocks();
});

const isAlive = (): Promise<boolean> =>
  connect().then(
    (client) => client.close().then(() => true),
    () => false,
  );

describe('where there is no broker', () => {
  test('one is started for all, and stopped by the last to leave', async () => {
    const shared = new SharedBroker();
    const [leave, leaveToo] = await Promise.all([shared.enter(load), shared.enter(load)]);
    const { EPHEMERAL_PIPE, EPHEMERAL_SECRET } = process.env;
    expect(EPHEMERAL_SECRET).toMatch(/^[0-9a-f]{64}$/);
    expect(process.env.EPHEMERAL_BROKER_VERSION).toBe(VERSION);
    await leave();
    await leave();
    expect(await isAlive()).toBe(true);
    await leaveToo();
    expect(process.env).not.toHaveProperty('EPHEMERAL_PIPE');
    expect(process.env).not.toHaveProperty('EPHEMERAL_SECRET');
    expect(process.env).not.toHaveProperty('EPHEMERAL_BROKER_VERSION');
    Object.assign(process.env, { EPHEMERAL_PIPE, EPHEMERAL_SECRET });
    expect(await isAlive()).toBe(false);
  });

  test('the end of a run that had waits has a summary, after all clients have left', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const leave = await new SharedBroker().enter(load);
    const client = await connect();
    await client.lease('accounts');
    await expect(client.lease('accounts', { timeout: '1s' })).rejects.toThrow('Waited');
    await client.close();
    expect(told).not.toHaveBeenCalled();
    await leave();
    expect(String(told.mock.lastCall)).toMatch(/accounts: \d\.\d s in 1 wait/);
  });

  test('the end of a run that asks for a report says where it is', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const directory = mkdtempSync(join(tmpdir(), 'eb-'));
    const report = join(directory, 'report.html');
    const leave = await new SharedBroker().enter(async () => resolveConfig({ report }, 'test'));
    expect(told).not.toHaveBeenCalled();
    await leave();
    expect(told.mock.calls).toEqual([[`\nephemeral-broker: report: ${report}\n`]]);
    expect(existsSync(report)).toBe(true);
    rmSync(directory, { recursive: true });
  });

  test('whoever comes after the last has left has a new one', async () => {
    const shared = new SharedBroker();
    const pipes: unknown[] = [];
    for (const _ of [1, 2]) {
      const leave = await shared.enter(load);
      pipes.push(process.env.EPHEMERAL_PIPE);
      await leave();
    }
    expect(new Set(pipes).size).toBe(2);
  });

  test('a config that fails leaves nothing: the next try starts afresh', async () => {
    const shared = new SharedBroker();
    await expect(shared.enter(() => Promise.reject(new Error('no config')))).rejects.toThrow(
      'no config',
    );
    const leave = await shared.enter(load);
    expect(await isAlive()).toBe(true);
    await leave();
  });

  test('a secret that was there is of no use to it', async () => {
    process.env.EPHEMERAL_SECRET = 'of another';
    const shared = new SharedBroker();
    const leave = await shared.enter(async () => resolveConfig({ auth: false }, 'test config'));
    expect(process.env).not.toHaveProperty('EPHEMERAL_SECRET');
    await leave();
  });
});

describe('where the environment names a broker', () => {
  test('it is joined, and not stopped', async () => {
    await using broker = await startBroker({ pools: { accounts: ['ann'] } });
    Object.assign(process.env, broker.env);
    const leave = await new SharedBroker().enter(load);
    expect(process.env.EPHEMERAL_PIPE).toBe(broker.pipe);
    await leave();
    expect(process.env.EPHEMERAL_PIPE).toBe(broker.pipe);
    expect(await isAlive()).toBe(true);
  });

  test('a run without pools takes any', async () => {
    await using broker = await startBroker({ pools: { accounts: ['ann', 'bob'] } });
    Object.assign(process.env, broker.env);
    const leave = await new SharedBroker().enter(async () => resolveConfig({}, 'none'));
    await leave();
  });

  test('one with other pools is refused', async () => {
    await using broker = await startBroker({ pools: { accounts: ['ann', 'bob'] } });
    Object.assign(process.env, broker.env);
    const entering = new SharedBroker().enter(load);
    await expect(entering).rejects.toMatchObject({ code: 'config_mismatch' });
    await expect(entering).rejects.toThrow("its pool 'accounts' has 2 values, not 1");
  });

  test('a dead one is an error', async () => {
    const broker = await startBroker();
    await broker.stop();
    Object.assign(process.env, broker.env);
    await expect(new SharedBroker().enter(load)).rejects.toMatchObject({ code: 'broker_gone' });
  });
});

test('of one name there is one in a process', () => {
  expect(SharedBroker.of('ephemeral-broker.test')).toBe(SharedBroker.of('ephemeral-broker.test'));
  expect(SharedBroker.of('ephemeral-broker.test')).not.toBe(SharedBroker.of('other'));
});
