import { describe, expect, test } from 'vitest';
import { resolveConfig } from './check.ts';
import { configMismatch } from './digest.ts';
import { pool, ports } from './pools.ts';
import type { Shard } from './shard.ts';

const digest = (config: object) => resolveConfig(config, 'test').digest;

describe('the digest', () => {
  test('is the same for configs that say the same', () => {
    const one = digest({ leaseTtl: '30s', pools: { a: [{ x: 1, y: 2 }], b: pool([2]) } });
    expect(digest({ pools: { b: [2], a: [{ y: 2, x: 1 }] } })).toBe(one);
  });

  test('does not depend on what each run decides for itself', () => {
    expect(digest({ auth: false, journal: 'x', idleTimeout: '1s' })).toBe(digest({}));
  });

  test.each<[string, object]>([
    ['a value', { pools: { a: [1, 3] } }],
    ['the kind of a value', { pools: { a: [1, '2'] } }],
    ['a name', { pools: { b: [1, 2] } }],
    ['a further pool', { pools: { a: [1, 2], b: [1] } }],
    ['the size', { pools: { a: [1] } }],
    ['where a value is', { pools: { a: [2, 1] } }],
    ['a check', { pools: { a: ports({ from: 1, to: 2 }) } }],
    ['a pool’s TTL', { pools: { a: pool([1, 2], { ttl: '1m' }) } }],
    ['a pool’s timeout', { pools: { a: pool([1, 2], { timeout: '1s' }) } }],
    ['the lease TTL', { pools: { a: [1, 2] }, leaseTtl: '1m' }],
    ['the wait', { pools: { a: [1, 2] }, waitTimeout: '1s' }],
    ['the TTL of values', { pools: { a: [1, 2] }, defaultTtl: '1s' }],
    ['a provided value', { pools: { a: [1, 2] }, values: { token: { provide() {} } } }],
    ['middleware', { pools: { a: [1, 2] }, middleware: [() => {}] }],
    ['a plugin', { pools: { a: [1, 2] }, plugins: [{ name: 'mail', setup() {} }] }],
    ['the TTL of values, unending', { pools: { a: [1, 2] }, defaultTtl: 'run' }],
  ])('tells apart what differs in %s', (_what, config) => {
    expect(digest(config)).not.toBe(digest({ pools: { a: [1, 2] } }));
  });
});

test('of a shard, the digest is of its own part', () => {
  const digestOf = (shard: Shard, sharding: 'split' | 'whole') =>
    resolveConfig({ pools: { a: pool([1, 2], { shard: sharding }) } }, 'test', shard).digest;
  const [first, second] = [1, 2].map((current) => ({ current, total: 2 }) as const);
  expect(digestOf(first!, 'split')).not.toBe(digestOf(second!, 'split'));
  expect(digestOf(first!, 'whole')).toBe(digestOf(second!, 'whole'));
});

describe('a mismatch', () => {
  const config = resolveConfig({ pools: { a: [1, 2], b: ['secret'] } }, '/repo/broker.config.ts');

  test('names both ends, what differs, and the cure', () => {
    const running = [
      { name: 'a', size: 3 },
      { name: 'c', size: 1 },
    ];
    const error = configMismatch(config, running, '/tmp/x.sock');
    expect(error.code).toBe('config_mismatch');
    for (const part of [
      '/tmp/x.sock',
      '/repo/broker.config.ts',
      "its pool 'a' has 3 values, not 2",
      "it has no pool 'b'",
      "it has a pool 'c', too",
      'unset EPHEMERAL_PIPE',
    ]) {
      expect(error.message).toContain(part);
    }
  });

  test('where pools are split tells which shard this is, and where to set it', () => {
    const told = (sharding: 'split' | 'whole', shard?: Shard) => {
      const here = resolveConfig({ pools: { a: [1, 2] }, shard: sharding }, 'test', shard);
      return configMismatch(here, [{ name: 'a', size: 3 }], 'pipe').message;
    };
    const second = { current: 2, total: 2 };
    expect(told('split', second)).toContain(
      'this run is 2/2: set EPHEMERAL_BROKER_SHARD=2/2 where the broker is started.',
    );
    expect(told('split')).toContain('this run is none: if');
    expect(told('split')).toContain('set EPHEMERAL_BROKER_SHARD to that here.');
    expect(told('whole', second)).not.toContain('shard');
  });

  test('says so where only the values differ, and does not tell them', () => {
    const running = [
      { name: 'b', size: 1 },
      { name: 'a', size: 2 },
    ];
    const { message } = configMismatch(config, running, 'pipe');
    expect(message).toContain('the same names and sizes, but other values or options');
    expect(message).not.toContain('secret');
  });
});
