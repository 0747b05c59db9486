import { describe, expectTypeOf, test } from 'vitest';
import type { Client } from '../client/client.ts';
import { type BrokerConfig, defineConfig } from './define.ts';
import { pool, ports, slots } from './pools.ts';
import type {
  ConfigOf,
  PoolName,
  PoolValue,
  ProvidedValue,
  Register,
  ValueKey,
} from './register.ts';

// The compiler is what fails here, when types change: `npm run typecheck`.

interface Account {
  user: string;
  tags: string[];
  role?: 'admin' | 'viewer';
}

const accounts: Account[] = [{ user: 'a', tags: [] }];

const config = defineConfig({
  pools: {
    accounts,
    people: [
      { user: 'a', role: 'admin', tags: ['x'] },
      { user: 'b', tags: [] },
    ],
    regions: ['eu', 'us'],
    mixed: [1, null, [true]],
    spec: pool([{ id: 1 }, { id: 2 }], { ttl: '1m' }),
    byHand: { values: ['x'], timeout: 5 },
    ports: ports({ from: 4000, to: 4001 }),
    slots: slots(2),
    databases: slots(2, (index) => ({ name: `test_${index}`, index })),
    parsed: JSON.parse('["anything"]'),
    parsedToo: pool(JSON.parse('["anything"]')),
  },
  leaseTtl: '30s',
});

type Config = typeof config;
type Value<Name extends PoolName<Config>> = PoolValue<Config, Name>;

describe('a config', () => {
  test('is handed back as it is', ({ expect }) => {
    const given = { pools: { a: [1] }, auth: false };
    expect(defineConfig(given)).toBe(given);
  });

  test('goes wherever any config goes', () => {
    expectTypeOf(config).toExtend<BrokerConfig>();
    expectTypeOf(defineConfig({})).toExtend<BrokerConfig>();
  });

  test('does not compile with options that there are not', () => {
    // @ts-expect-error it is `pools`
    defineConfig({ pool: { a: [1] } });
    // @ts-expect-error it is `leaseTtl`
    defineConfig({ pools: { a: [1] }, leaseTTL: 5 });
    // @ts-expect-error it is `maxItems`
    defineConfig({ limits: { maxitems: 5 } });
    // @ts-expect-error it is `timeout`
    defineConfig({ pools: { a: pool([1], { timout: 5 }) } });
  });

  test('does not compile with values that JSON would lose', () => {
    // @ts-expect-error a Date
    defineConfig({ pools: { a: [{ at: new Date() }] } });
    // @ts-expect-error a function
    defineConfig({ pools: { a: [{ make: () => 1 }] } });
    // @ts-expect-error a BigInt
    defineConfig({ pools: { a: [1n] } });
    // @ts-expect-error undefined
    defineConfig({ pools: { a: [undefined] } });
    // @ts-expect-error what may be undefined
    defineConfig({ pools: { a: [{ password: process.env.PASSWORD }] } });
    // @ts-expect-error a BigInt
    defineConfig({ pools: { a: pool([1n]) } });
    // @ts-expect-error a Date
    defineConfig({ pools: { a: slots(2, () => new Date(0)) } });
    // @ts-expect-error no list
    defineConfig({ pools: { a: 'x' } });
  });
});

describe('the names of pools', () => {
  test('are those of the config', () => {
    expectTypeOf<PoolName<Config>>().toEqualTypeOf<
      | 'accounts'
      | 'people'
      | 'regions'
      | 'mixed'
      | 'spec'
      | 'byHand'
      | 'ports'
      | 'slots'
      | 'databases'
      | 'parsed'
      | 'parsedToo'
    >();
    // @ts-expect-error it is `accounts`
    type Wrong = PoolValue<Config, 'acounts'>;
    expectTypeOf<Wrong>().not.toBeString();
  });

  test('are none where the config has no pools', () => {
    const none = defineConfig({ auth: false });
    expectTypeOf<PoolName<typeof none>>().toBeNever();
  });
});

describe('the values of pools', () => {
  test('keep the types that they were given', () => {
    expectTypeOf<Value<'accounts'>>().toEqualTypeOf<Account>();
    expectTypeOf<Value<'regions'>>().toEqualTypeOf<'eu' | 'us'>();
    expectTypeOf<Value<'mixed'>>().toEqualTypeOf<1 | null | [true]>();
    expectTypeOf<Value<'spec'>>().toEqualTypeOf<{ id: 1 } | { id: 2 }>();
    expectTypeOf<Value<'byHand'>>().toEqualTypeOf<'x'>();
    expectTypeOf<Value<'ports'>>().toEqualTypeOf<number>();
    expectTypeOf<Value<'slots'>>().toEqualTypeOf<number>();
    expectTypeOf<Value<'databases'>>().toEqualTypeOf<{ name: `test_${number}`; index: number }>();
    expectTypeOf<Value<'parsed'>>().toBeAny();
    expectTypeOf<Value<'parsedToo'>>().toBeAny();
  });

  test('are not read-only, and may be asked for keys that only some of them have', () => {
    expectTypeOf<Value<'people'>>().toEqualTypeOf<
      { user: 'a'; role: 'admin'; tags: ['x'] } | { user: 'b'; tags: []; role?: never }
    >();
    expectTypeOf<Value<'people'>['role']>().toEqualTypeOf<'admin' | undefined>();
    expectTypeOf<Value<'people'>>().toExtend<Account>();
  });

  test('of several pools are one of theirs', () => {
    expectTypeOf<Value<'ports' | 'regions'>>().toEqualTypeOf<number | 'eu' | 'us'>();
  });

  test('may be branded texts', () => {
    type Id = string & { readonly brand: 'id' };
    const branded = defineConfig({ pools: { a: [{ id: 'x' as Id }] } });
    expectTypeOf<PoolValue<typeof branded, 'a'>>().toEqualTypeOf<{ id: Id }>();
  });
});

describe('the registered config', () => {
  test('is any, where there is none', () => {
    expectTypeOf<Register>().toEqualTypeOf<Record<never, never>>();
    expectTypeOf<PoolName>().toEqualTypeOf<string>();
    expectTypeOf<PoolValue>().toBeAny();
    expectTypeOf<PoolValue<ConfigOf<Register>, 'whatever'>>().toBeAny();
  });

  test('is the one that the register names', () => {
    expectTypeOf<ConfigOf<{ config: Config }>>().toEqualTypeOf<Config>();
  });
});

describe('provided values', () => {
  const provided = defineConfig({
    values: {
      token: { provide: async ({ signal }) => ({ id: signal.aborted ? '' : 'x' }), ttl: '1m' },
      count: { provide: () => 1, ttl: (value) => value.toFixed(), dispose: (value) => value + 1 },
    },
  });

  test('have the types that their providers give', () => {
    expectTypeOf<ValueKey<typeof provided>>().toEqualTypeOf<'token' | 'count'>();
    expectTypeOf<ProvidedValue<typeof provided, 'token'>>().toEqualTypeOf<{ id: string }>();
    expectTypeOf<ProvidedValue<typeof provided, 'count'>>().toEqualTypeOf<number>();
  });

  test('reach the client', () => {
    const client = {} as Client<typeof provided>;
    const token = () => client.value('token');
    expectTypeOf(token).returns.toEqualTypeOf<Promise<{ id: string }>>();
    const other = () => client.value<{ name: string }>('other');
    expectTypeOf(other).returns.toEqualTypeOf<Promise<{ name: string }>>();
  });

  test('are of any type where no config is registered', () => {
    const asked = () => ({}) as Client;
    const value = () => asked().value('any');
    // biome-ignore lint/suspicious/noExplicitAny: nothing is known of it
    expectTypeOf(value).returns.toEqualTypeOf<Promise<any>>();
  });
});

test('an option of a lease that is misspelt does not compile, beside others either', () => {
  const asked = (client: Client) => [
    // @ts-expect-error it is `timeout`
    client.lease('accounts', { timeot: '1s' }),
    // @ts-expect-error it is `timeout`
    client.lease('accounts', { count: 2, timeot: '1s' }),
    // @ts-expect-error it always has one
    client.withLease('accounts', () => 1, { count: 2, ifAvailable: true }),
    client.withLease('accounts', () => 1, { count: 2, where: { role: 'admin' } }),
    // @ts-expect-error it is `count`
    client.leaseAll({ a: { pool: 'accounts', where: { role: 'admin' }, cuont: 2 } }),
    // @ts-expect-error it is `mode`
    client.withLeaseAll({ a: 'accounts', b: { lock: 'schema', moed: 'shared' } }, () => 1),
    client.leaseAll({ a: 'accounts', b: { pool: 'ports', count: 2 }, c: { lock: 'schema' } }),
  ];
  expectTypeOf(asked).toBeFunction();
});
