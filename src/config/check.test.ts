import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { resolveConfig } from './check.ts';
import { pool, ports, slots } from './pools.ts';
import type { Shard } from './shard.ts';

const FILE = '/repo/broker.config.mjs';
const resolve = (config: unknown, shard?: Shard) => resolveConfig(config, FILE, shard);

/** The error of a config that must be refused. */
function refusal(config: unknown, shard?: Shard): BrokerError {
  try {
    resolve(config, shard);
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'bad_config') return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** Its one problem, without the file. */
function problem(config: unknown, shard?: Shard): string {
  const { message } = refusal(config, shard);
  expect(message.startsWith(`${FILE}: `)).toBe(true);
  return message.slice(FILE.length + 2);
}

describe('a config that is right', () => {
  test('gets every default', () => {
    expect(resolve({})).toEqual({
      source: FILE,
      pools: [],
      values: [],
      middleware: [],
      plugins: [],
      auth: true,
      limits: DEFAULT_LIMITS,
      defaultTtlMs: undefined,
      leaseTtlMs: 30_000,
      waitTimeoutMs: 60_000,
      idleTimeoutMs: undefined,
      summary: true,
      journal: undefined,
      report: undefined,
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  test('has its spans in milliseconds, and its limits over the defaults', () => {
    const config = resolve({
      auth: false,
      limits: { maxItems: 5, maxDepth: undefined },
      defaultTtl: '5m',
      leaseTtl: 500,
      waitTimeout: 0,
      idleTimeout: '1h',
      journal: 'journal.ndjson',
      report: 'report.html',
    });
    expect(config).toMatchObject({
      auth: false,
      limits: { ...DEFAULT_LIMITS, maxItems: 5 },
      defaultTtlMs: 300_000,
      leaseTtlMs: 500,
      waitTimeoutMs: 0,
      idleTimeoutMs: 3_600_000,
      journal: 'journal.ndjson',
      report: 'report.html',
    });
  });

  test('never ends values when their default TTL is the run', () => {
    expect(resolve({ defaultTtl: 'run' }).defaultTtlMs).toBe(Infinity);
  });

  test('takes an option that is undefined for one that is absent', () => {
    const config = { pools: undefined, auth: undefined, leaseTtl: undefined, limits: undefined };
    expect(resolve(config)).toEqual(resolve({}));
  });

  test('does not change the defaults of the next one', () => {
    const { maxItems } = resolve({}).limits;
    resolve({ limits: { maxItems: maxItems + 1 } });
    expect(resolve({}).limits.maxItems).toBe(maxItems);
  });
});

describe('pools', () => {
  test('keep their order and values, and have TTLs and timeouts of their own or the config’s', () => {
    const { pools } = resolve({
      leaseTtl: '10s',
      waitTimeout: '20s',
      pools: {
        b: [{ user: 'x' }, { user: 'y' }],
        a: pool(['v'], { ttl: '1s', timeout: 0 }),
        ports: ports({ from: 4000, to: 4001 }),
        slots: slots(2),
      },
    });
    const common = { ttlMs: 10_000, timeoutMs: 20_000, hooks: {} };
    expect(pools).toEqual([
      { ...common, name: 'b', definition: { values: [{ user: 'x' }, { user: 'y' }] } },
      { ...common, name: 'a', definition: { values: ['v'] }, ttlMs: 1_000, timeoutMs: 0 },
      {
        ...common,
        name: 'ports',
        definition: { values: [4000, 4001], checked: true },
        hooks: { hosts: ['127.0.0.1', '::1', '0.0.0.0', '::'] },
      },
      { ...common, name: 'slots', definition: { values: [0, 1] } },
    ]);
  });

  test('may be checked, reset, and rest; what fails is tried five times unless it says otherwise', () => {
    const [check, reset] = [() => true, () => {}];
    const { pools } = resolve({
      pools: {
        a: pool([1], { check, reset, cooldown: '1s', prefer: 'random' }),
        b: pool([1], { check, tries: 2 }),
        p: ports({ from: 4000, to: 4001, hosts: ['127.0.0.1'], reset }),
      },
    });
    expect(pools).toMatchObject([
      {
        definition: { checked: true, reset: true, cooldownMs: 1_000, tries: 5, prefer: 'random' },
        hooks: { check, reset },
      },
      { definition: { checked: true, tries: 2 } },
      {
        definition: { checked: true, reset: true, tries: 5 },
        hooks: { hosts: ['127.0.0.1'], reset },
      },
    ]);
  });

  test.each([
    [{ check: 'yes' }, 'pools.a.check: expected a function, got'],
    [{ reset: true }, 'pools.a.reset: expected a function, got'],
    [{ cooldown: -1 }, 'pools.a.cooldown: expected a number of milliseconds'],
    [{ tries: 0 }, 'pools.a.tries: expected a whole number above 0, got the number 0'],
    [{ prefer: 'best' }, "pools.a.prefer: expected 'same-worker' or 'oldest' or 'random', got"],
    [{ checked: true, hosts: [] }, 'pools.a.hosts: expected a list of IP addresses, got a list'],
    [{ checked: true, hosts: ['localhost'] }, 'pools.a.hosts: expected a list of IP addresses'],
  ])('are refused with %j', (options, problem) => {
    expect(() => resolve({ pools: { a: { values: [4000], ...options } } })).toThrow(problem);
  });

  test('are copies: what the config does to its values afterwards is not seen', () => {
    const account = { user: 'x' };
    const { pools } = resolve({ pools: { accounts: [account] } });
    account.user = 'changed';
    expect(pools[0]?.definition.values).toEqual([{ user: 'x' }]);
  });

  test('may come from another realm', () => {
    const config = vm.runInNewContext('({ pools: { a: [{ x: 1 }], b: { values: [1] } } })');
    expect(resolve(config).pools.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('may have any name that is an object’s own word', () => {
    const config = JSON.parse('{"pools":{"__proto__":[1],"constructor":[2],"toString":[3]}}');
    expect(resolve(config).pools.map(({ name }) => name)).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ]);
  });

  test.each([
    ['a list', { __proto__: ['lost'], kept: [1] }],
    ['a pool', { __proto__: pool(['lost']), kept: [1] }],
    ['an object without a prototype', { __proto__: Object.create(null), kept: [1] }],
  ])('are refused where `__proto__:` would lose one (%s)', (_what, pools) => {
    expect(problem({ pools })).toMatch(/^pools: expected an object .* inherits from /);
  });

  test.each([
    ['a:b', "pools['a:b']: the name of a pool holds '#', ':' or a control character."],
    ['a#1', "pools['a#1']: the name of a pool holds '#', ':' or a control character."],
    ['a\u0007', "pools['a\ufffd']: the name of a pool holds '#', ':' or a control character."],
    ['a\nb', "pools['a\ufffdb']: the name of a pool holds '#', ':' or a control character."],
    ['', "pools['']: the name of a pool is empty."],
  ])('may not be called %j', (name, expected) => {
    expect(problem({ pools: { [name]: [1] } })).toBe(expected);
  });

  test('have names of at most 200 bytes, not characters', () => {
    expect(resolve({ pools: { ['é'.repeat(100)]: [1] } }).pools).toHaveLength(1);
    expect(problem({ pools: { ['é'.repeat(101)]: [1] } })).toContain('longer than 200 bytes');
  });

  test('may not be empty', () => {
    expect(problem({ pools: { a: [] } })).toContain('pools.a: the pool is empty');
    expect(problem({ pools: { a: { values: [] } } })).toContain('pools.a: the pool is empty');
  });

  test('may not have more than 10,000 values', () => {
    const values = Array.from({ length: 10_001 }, (_, i) => i);
    expect(problem({ pools: { a: values } })).toContain('pools.a: the pool has 10001 values');
    expect(resolve({ pools: { a: values.slice(1) } }).pools).toHaveLength(1);
  });

  test('may not hold one thing twice, in whatever order its keys are', () => {
    const twins = [{ user: 'x', pin: { a: 1, b: 2 } }, 1, { pin: { b: 2, a: 1 }, user: 'x' }];
    expect(problem({ pools: { a: twins } })).toMatch(/^pools\.a\[2\]: the same as pools\.a\[0\]:/);
    expect(resolve({ pools: { a: [1, '1', [1], { a: 1 }] } }).pools).toHaveLength(1);
  });

  test.each<[string, unknown, string]>([
    ['a Date', { at: new Date() }, 'pools.a[1].at: it holds a Date.'],
    ['undefined', undefined, 'pools.a[1]: it holds undefined.'],
    ['a function in a list', { x: [1, () => {}] }, 'pools.a[1].x[1]: it holds a function.'],
    ['NaN', { 'it holds ': Number.NaN }, 'pools.a[1].it holds : it holds NaN.'],
    ['a BigInt', 1n, 'pools.a[1]: it holds a bigint.'],
  ])('may not hold what JSON would lose: %s', (_what, value, expected) => {
    expect(problem({ pools: { a: [1, value] } })).toContain(expected);
    expect(problem({ pools: { a: pool([1, value] as never) } })).toContain(expected);
  });

  test('may not hold cycles, or what is nested too deeply', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(problem({ pools: { a: [cycle] } })).toContain('pools.a[0]: nested deeper than');
    const config = { limits: { maxDepth: 1 }, pools: { a: [[1], [[2]]] } };
    expect(problem(config)).toContain('pools.a[1]: nested deeper than limits.maxDepth (1)');
  });

  test('may not hold what is too large for a value, in bytes', () => {
    const config = { limits: { maxValueBytes: 10 }, pools: { a: ['éééé', 'ééééé'] } };
    expect(problem(config)).toContain('pools.a[1]: 12 bytes as JSON, above limits.maxValueBytes');
  });

  test('have holes counted as values, not skipped', () => {
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried
    expect(problem({ pools: { a: [1, , 2] } })).toContain('pools.a[1]: it holds undefined.');
  });

  test('that are checked hold ports and nothing else', () => {
    expect(problem({ pools: { a: { values: [80, 'x'], checked: true } } })).toBe(
      'pools.a[1]: expected a port number (the pool is `checked`), got a text.',
    );
    expect(problem({ pools: { a: { values: [80], checked: 1 } } })).toContain('pools.a.checked');
  });

  test.each([null, 'x', 5, true, new Map(), () => [1]])('may not be %s', (given) => {
    expect(problem({ pools: { a: given } })).toMatch(/^pools\.a: expected a list of values, or /);
  });
});

describe('a shard', () => {
  const pools = {
    accounts: ['a', 'b', 'c', 'd', 'e'],
    ports: ports({ from: 1, to: 3 }),
    own: pool(['x'], { shard: 'whole' }),
  };
  const second = { current: 2, total: 3 };
  const definitions = (config: unknown, shard?: Shard) =>
    resolve(config, shard).pools.map(({ definition }) => definition);

  test('has all of every pool, where the config does not say otherwise', () => {
    expect(resolve({ pools }, second)).toEqual(resolve({ pools }));
    expect(resolve({ pools, shard: 'whole' }, second)).toEqual(resolve({ pools }));
  });

  test('has its own part of each pool that is not whole, and knows where each value stood', () => {
    const config = resolve({ pools, shard: 'split' }, second);
    expect(config.pools.map(({ definition }) => definition)).toEqual([
      { values: ['b', 'e'], places: [1, 4] },
      { values: [2], places: [1], checked: true },
      { values: ['x'] },
    ]);
    expect(config.shard).toEqual(second);
  });

  test('has a part of a pool that says so by itself', () => {
    const config = { pools: { a: pool([1, 2, 3], { shard: 'split' }), b: [1] } };
    expect(definitions(config, second)).toEqual([{ values: [2], places: [1] }, { values: [1] }]);
  });

  test('that is the only one has it all', () => {
    const values = definitions({ pools, shard: 'split' }).map((definition) => definition.values);
    expect(values).toEqual(definitions({ pools }).map((definition) => definition.values));
  });

  test('is refused where any shard would have nothing, with what to do', () => {
    const config = { pools: { ...pools, accounts: ['a', 'b'] }, shard: 'split' };
    for (const current of [1, 2, 3]) {
      expect(problem(config, { current, total: 3 })).toBe(
        "pools.accounts: the pool has 2 values, too few to split among 3 shards. Add values, run fewer shards, or give the pool shard: 'whole' where shards do not meet at it (on machines of their own).",
      );
    }
    expect(problem({ ...config, pools: { a: [] } }, second)).toMatch(/^[^\n]*the pool is empty/);
  });

  test('has its config checked whole, what is of other shards too', () => {
    const config = { pools: { a: [1, 2, 1] }, shard: 'split' };
    expect(problem(config, second)).toMatch(/^pools\.a\[2\]: the same as pools\.a\[0\]:/);
  });
});

describe('a config that is wrong', () => {
  test.each([
    [[], 'a list'],
    [null, 'null'],
    [undefined, 'nothing'],
    ['x', 'a text'],
    [() => ({}), 'a function'],
    [Promise.resolve({}), 'an object that inherits from Promise'],
  ])('is refused with its kind: %s', (config, kind) => {
    expect(refusal(config).message).toBe(`${FILE} is no config: expected an object, got ${kind}.`);
  });

  test.each<[unknown, string]>([
    [{ pool: {} }, "pool: there is no such option. Did you mean 'pools'?"],
    [{ leaseTTL: 1 }, "leaseTTL: there is no such option. Did you mean 'leaseTtl'?"],
    [
      { colour: 1 },
      'colour: there is no such option. There are: pools, values, middleware, plugins, auth, limits,',
    ],
    [
      { limits: { maxItem: 1 } },
      "limits.maxItem: there is no such option. Did you mean 'maxItems'?",
    ],
    [
      { pools: { a: { value: [1] } } },
      "pools.a.value: there is no such option. Did you mean 'values'?",
    ],
    [{ 'to\nken': 1 }, "['to\ufffdken']: there is no such option."],
  ])('has unknown options named, with what may have been meant: %j', (config, expected) => {
    expect(refusal(config).message).toContain(expected);
  });

  test.each<[unknown, string]>([
    [{ auth: 'no' }, 'auth: expected true or false, got a text.'],
    [{ auth: null }, 'auth: expected true or false, got null.'],
    [{ auth: 0 }, 'auth: expected true or false, got the number 0.'],
    [{ shard: true }, "shard: expected 'split' or 'whole', got a boolean."],
    [{ shard: 'Split' }, "shard: expected 'split' or 'whole', got a text."],
    [
      { pools: { a: { values: [1], shard: '1/2' } } },
      "pools.a.shard: expected 'split' or 'whole', got a text.",
    ],
    [{ journal: '' }, 'journal: expected the path of a file, got an empty text.'],
    [{ journal: true }, 'journal: expected the path of a file, got a boolean.'],
    [{ report: '' }, 'report: expected the path of a file, got an empty text.'],
    [{ report: 1 }, 'report: expected the path of a file, got the number 1.'],
    [{ limits: [] }, 'limits: expected an object, got a list.'],
    [
      { limits: { maxItems: 0 } },
      'limits.maxItems: expected a whole number above 0, got the number 0.',
    ],
    [{ limits: { maxItems: 1.5 } }, 'limits.maxItems: expected a whole number above 0'],
    [{ limits: { maxItems: 2 ** 53 } }, 'limits.maxItems: expected a whole number above 0'],
    [
      { limits: { maxItems: '5' } },
      'limits.maxItems: expected a whole number above 0, got a text.',
    ],
    [{ pools: [] }, 'pools: expected an object with a pool under each name, got a list.'],
    [{ leaseTtl: 99 }, 'leaseTtl: expected a number of milliseconds from 100 to'],
    [{ leaseTtl: '5' }, 'leaseTtl: expected a number of milliseconds'],
    [{ leaseTtl: 'run' }, 'leaseTtl: expected a number of milliseconds'],
    [{ waitTimeout: -1 }, 'waitTimeout: expected a number of milliseconds from 0 to'],
    [{ waitTimeout: Infinity }, 'waitTimeout: expected a number of milliseconds'],
    [{ defaultTtl: 0 }, 'defaultTtl: expected a number of milliseconds from 1 to'],
    [{ defaultTtl: null }, 'defaultTtl: expected a number of milliseconds'],
    [{ idleTimeout: '2 weeks' }, 'idleTimeout: expected a number of milliseconds'],
    [
      { pools: { a: { values: [1], ttl: 99 } } },
      'pools.a.ttl: expected a number of milliseconds from 100 to',
    ],
    [
      { pools: { a: { values: [1], timeout: [] } } },
      'pools.a.timeout: expected a number of milliseconds from 0 to',
    ],
    [{ pools: { a: {} } }, 'pools.a.values: expected a list, got nothing.'],
  ])('has the path told, what was expected and what kind was found: %j', (config, expected) => {
    expect(problem(config)).toContain(expected);
  });

  test.each<[object, string]>([
    [{ values: [] }, 'values: expected an object with a provider under each key, got a list.'],
    [
      { values: { a: () => 1 } },
      'values.a: expected an object { provide, ttl, … }, got a function.',
    ],
    [{ values: { a: {} } }, 'values.a.provide: expected a function, got nothing.'],
    [{ values: { a: { provide() {}, dispose: 1 } } }, 'values.a.dispose: expected a function'],
    [{ values: { a: { provide() {}, ttl: '5' } } }, 'values.a.ttl: expected a number of'],
    [{ values: { a: { provide() {}, refresh: -1 } } }, 'values.a.refresh: expected a number of'],
    [{ values: { a: { provide() {}, timeout: 0 } } }, 'values.a.timeout: expected a number of'],
    [
      { values: { a: { provide() {}, tll: 1 } } },
      "values.a.tll: there is no such option. Did you mean 'ttl'?",
    ],
    [{ middleware: () => 1 }, 'middleware: expected a list, got a function.'],
    [{ middleware: [1] }, 'middleware[0]: expected a function, got the number 1.'],
    [{ plugins: {} }, 'plugins: expected a list, got an object.'],
    [
      { plugins: [{ name: 'a' }] },
      'plugins[0]: expected a plugin { name, setup(broker) }, got an object.',
    ],
    [{ plugins: [{ name: 'a b', setup() {} }] }, 'plugins[0]: the name of a plugin has letters'],
    [
      {
        plugins: [
          { name: 'a', setup() {} },
          { name: 'a', setup() {} },
        ],
      },
      'plugins[1]: has the same name as plugins[0].',
    ],
    [{ values: { '': { provide() {} } } }, 'the key is empty.'],
    [
      { values: { ab: { provide() {} } }, limits: { maxKeyBytes: 1 } },
      'values.ab: the key has more than 1 bytes (limits.maxKeyBytes).',
    ],
    [
      { values: { a: { provide() {}, ttl: '1m', refresh: '1m' } } },
      'values.a.refresh: must be shorter than ttl',
    ],
  ])('of what extends the broker, %j is told', (config, told) => {
    expect(refusal(config).message).toContain(told);
  });

  test('has all its problems told at once', () => {
    const { message, details } = refusal({
      auth: 1,
      leaseTtl: 'x',
      colour: 1,
      pools: { a: [], b: [1, 1], c: 5 },
    });
    expect(message.split('\n')[0]).toBe(`${FILE} has 6 problems:`);
    for (const path of ['auth', 'leaseTtl', 'colour', 'pools.a', 'pools.b[1]', 'pools.c']) {
      expect(message).toContain(`\n  ${path}: `);
    }
    expect(details.source).toBe(FILE);
    expect(details.problems).toHaveLength(6);
  });

  test('has no more than ten told, and the rest counted', () => {
    const { message, details } = refusal({ pools: { a: Array(25).fill(undefined) } });
    expect(message.split('\n')).toHaveLength(12);
    expect(message).toContain('… and 15 more.');
    expect(details.problems).toHaveLength(10);
  });

  test('never has a value told', () => {
    const secret = 'hunter2';
    const holder = Object.assign(Object.create({ constructor: { name: secret } }), { secret });
    const { message, details } = refusal({
      auth: secret,
      limits: { maxItems: secret },
      leaseTtl: secret,
      journal: { secret },
      pools: {
        a: [{ p: secret }, { p: secret }, { p: secret, at: new Date() }, holder],
        b: secret,
        c: { values: [secret], checked: true, ttl: secret },
      },
    });
    expect(details.problems).toHaveLength(10);
    expect(message + JSON.stringify(details)).not.toContain(secret);
  });
});

test('limits that do not fit are told, where both were asked for', () => {
  const limits = { maxValueBytes: 2_000_000, maxLineBytes: 1_000_000 };
  expect(() => resolveConfig({ limits }, 'broker.config.mjs')).toThrow(
    'limits.maxValueBytes: 2000000 is above maxLineBytes (1000000), into which it must fit',
  );
});

test('a limit that is raised raises what it must fit into, and one lowered lowers what must fit', () => {
  const raised = resolveConfig({ limits: { maxValueBytes: 20_000_000 } }, 'x').limits;
  expect(raised).toMatchObject({ maxLineBytes: 20_000_000, maxOutputBytes: 20_000_000 });
  const lowered = resolveConfig({ limits: { maxOutputBytes: 100_000 } }, 'x').limits;
  expect(lowered).toMatchObject({
    maxLineBytes: 100_000,
    maxValueBytes: 100_000,
    pauseOutputBytes: 100_000,
    maxKeyBytes: 1_024,
  });
});
