import { expect, test } from 'vitest';
import type { Status } from '../protocol/status.ts';
import { metricsText } from './metrics-text.ts';

const status = (name: string): Status => ({
  pools: [{ name, size: 10, held: 4, returning: 2, lost: 1, waiting: 7 }],
  leases: [],
  waiters: [],
  keys: [],
  limits: [{ name, count: 1, perMs: 1, waiting: 3 }],
  barriers: [{ name, parties: 9, arrived: 8 }],
  totals: { pools: 1, leases: 5, waiters: 6, keys: 11, limits: 1, barriers: 1 },
});

const samples = (text: string) => text.split('\n').filter((line) => !line.startsWith('#'));

test('each number of the status is a gauge, with its help and its type before it', () => {
  const text = metricsText(status('accounts'));
  expect(samples(text)).toEqual([
    'ephemeral_broker_pool_resources{pool="accounts",state="free"} 3',
    'ephemeral_broker_pool_resources{pool="accounts",state="held"} 4',
    'ephemeral_broker_pool_resources{pool="accounts",state="returning"} 2',
    'ephemeral_broker_pool_resources{pool="accounts",state="lost"} 1',
    'ephemeral_broker_pool_waiting{pool="accounts"} 7',
    'ephemeral_broker_limit_waiting{limit="accounts"} 3',
    'ephemeral_broker_barrier_arrived{barrier="accounts"} 8',
    'ephemeral_broker_leases 5',
    'ephemeral_broker_waiters 6',
    'ephemeral_broker_values 11',
    '',
  ]);
  expect(text).toMatch(
    /^# HELP ephemeral_broker_leases .+\n# TYPE ephemeral_broker_leases gauge\n/m,
  );
});

test('a name makes no sample of its own', () => {
  const evil = 'a"} 1\nephemeral_broker_leases 99\r\\';
  const text = metricsText(status(evil));
  expect(samples(text)).toHaveLength(11);
  expect(samples(text)[4]).toBe(
    'ephemeral_broker_pool_waiting{pool="a\\"} 1\\nephemeral_broker_leases 99�\\\\"} 7',
  );
});
