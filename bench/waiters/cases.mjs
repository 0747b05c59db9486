// What those who wait ask for. `wants(i, n)` is of request i of those who are to make n wait;
// `holding`: each has a lease of its own, which ends with the block in which it asks; `besides`: what
// one more asks for, who is never served; `most`: with more who wait it takes too long to measure.

const list = (length) => Array.from({ length }, (_, i) => i);
const pool = (name, which) => ({ kind: 'pool', name, ...which });
const BOTH = [pool('accounts'), pool('ports')];
const EITHER = [[pool('accounts')], BOTH, [pool('ports')]];

export const CASES = [
  {
    title: 'one pool',
    pools: () => ({ accounts: list(8) }),
    wants: () => [pool('accounts')],
  },
  {
    title: 'one pool, 10 filters',
    pools: () => ({ accounts: list(40).map((i) => ({ group: i % 10 })) }),
    wants: (i) => [pool('accounts', { where: { group: i % 10 } })],
  },
  {
    title: 'one pool, 10 filters that overlap',
    pools: () => ({ accounts: list(40).map((i) => ({ group: i % 10 })) }),
    wants: (i) => [pool('accounts', { where: { group: [i % 10, (i + 1) % 10] } })],
  },
  {
    title: '1,000 pools',
    pools: () => Object.fromEntries(list(1_000).map((i) => [`pool-${i}`, [0]])),
    wants: (i, n) => [pool(`pool-${i % Math.min(n, 1_000)}`)],
  },
  {
    title: 'a lock, one of four exclusive',
    pools: () => ({}),
    wants: (i) => [{ kind: 'lock', name: 'schema', mode: i % 4 === 0 ? 'exclusive' : 'shared' }],
  },
  {
    title: 'two pools at once, or one of them',
    pools: () => ({ accounts: list(8), ports: list(8) }),
    wants: (i) => EITHER[i % 3],
  },
  {
    title: 'two of 1,000 pools at once',
    most: 1_000,
    pools: () => Object.fromEntries(list(1_000).map((i) => [`pool-${i}`, [0]])),
    wants: (i, n) => {
      const pools = Math.min(n, 1_000);
      return [pool(`pool-${i % pools}`), pool(`pool-${(i + 1) % pools}`)];
    },
  },
  {
    title: 'one pool, holding something',
    holding: true,
    pools: (n) => ({ accounts: list(8), own: list(2 * n + 100) }),
    wants: () => [pool('accounts')],
  },
  {
    title: 'two pools or one, holding something',
    holding: true,
    pools: (n) => ({ accounts: list(8), ports: list(8), own: list(2 * n + 100) }),
    wants: (i) => EITHER[i % 3],
  },
  {
    title: 'the same, and all of that is waited for',
    most: 1_000,
    holding: true,
    besides: (n) => [pool('own', { count: 2 * n + 100 })],
    pools: (n) => ({ accounts: list(8), ports: list(8), own: list(2 * n + 100) }),
    wants: (i) => EITHER[i % 3],
  },
];
