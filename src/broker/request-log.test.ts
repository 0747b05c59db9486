import { expect, test } from 'vitest';
import { connect, requestLog, startBroker } from '../index.ts';

test('the log has a line for each request: who, what about, how it ended, and no value', async () => {
  const lines: string[] = [];
  const broker = await startBroker({
    pools: { accounts: [{ name: 'ann', password: 'hunter2' }] },
    middleware: [requestLog({ write: (line) => lines.push(line) })],
  });
  const { pipe, secret } = broker;
  const client = await connect({ pipe, secret, identity: { runner: 'vitest', worker: '7' } });
  await client.set('k', 'hunter2', { ttl: 'run' });
  await client.get('gone');
  const purpose = { test: 'buys' };
  await client.withLease('accounts', () => {}, { purpose, where: { password: 'hunter2' } });
  await client.close();
  await broker.stop();
  expect(lines.join('')).not.toContain('hunter2');
  expect(lines.join('')).not.toContain(secret);
  const who = { session: 1, runner: 'vitest', worker: '7', pid: process.pid };
  const entries = lines.map((line) => {
    expect(line).toMatch(/^[^\n]+\n$/);
    const { at, ms, ...entry } = JSON.parse(line);
    expect(Date.parse(at)).toBeGreaterThan(0);
    expect(ms).toBeGreaterThanOrEqual(0);
    return entry;
  });
  expect(entries.slice(0, 4)).toEqual([
    { ...who, action: 'set', key: 'k' },
    { ...who, action: 'get', key: 'gone', error: 'not_found' },
    { ...who, action: 'lease', pool: 'accounts', purpose },
    { ...who, action: 'release', lease: 'accounts#1' },
  ]);
});

test('what an unknown action sends under other names stays out of it', async () => {
  const lines: string[] = [];
  const broker = await startBroker({
    middleware: [requestLog({ write: (line) => lines.push(line) })],
  });
  broker.register('team/login', () => 'hunter3');
  const client = await connect({ pipe: broker.pipe, secret: broker.secret });
  await client.call('team/login', { password: 'hunter2' });
  await client.close();
  await broker.stop();
  expect(lines[0]).toContain('team/login');
  expect(lines.join('')).not.toMatch(/hunter/);
});

test('names are cut, cannot drive a terminal, and are texts or left out', async () => {
  const lines: string[] = [];
  const broker = await startBroker({
    pools: { accounts: ['ann'], ports: [1] },
    middleware: [requestLog({ write: (line) => lines.push(line) })],
  });
  const client = await connect({ pipe: broker.pipe, secret: broker.secret });
  await client.get('\u009b31m\u202e'.repeat(200)).catch(() => {});
  const lease = await client.leaseAll({
    who: 'accounts',
    port: { pool: 'ports' },
    db: { lock: 'db' },
  });
  await lease.release();
  const raw = Object(client).link.connection;
  await new Promise((resolve) => {
    const fields = '"action":"get","key":{"password":"hunter2"},"purpose":{"test":7,"x":"hunter2"}';
    raw.send(fields, { resolve, reject: resolve }, 1_000);
  });
  await client.close();
  await broker.stop();
  const [got, all] = lines.map((line) => JSON.parse(line));
  expect(got.key).toBe('�31m�'.repeat(60));
  expect(all.wants).toEqual([{ pool: 'accounts' }, { pool: 'ports' }, { lock: 'db' }]);
  expect(lines.join('')).not.toContain('hunter2');
});
