// Asks for all sorts of things at random, in blocks within blocks too, and is witnessed.
import { connect } from '../../../dist/index.js';
import { isGoing, serveHammers } from './hammers.mjs';
import { giveBack, giveShareBack, note, noteAsked, share, take } from './witness.mjs';

const client = await connect({ identity: { worker: String(process.pid) } });
const options = { timeout: '30s' };

const chance = (share) => Math.random() < share;
const oneOf = (choices) => choices[Math.floor(Math.random() * choices.length)];

// The filters overlap in part, one in another, and not at all.
const ACCOUNTS = [
  {},
  { where: { role: 'admin' } },
  { where: { role: 'member' } },
  { where: { name: ['b', 'c'] } },
  { count: 2 },
  { where: { role: 'member' }, count: 3 },
].map((which) => ({ pool: 'accounts', ...which }));
const PORTS = [{}, { where: [4001, 4002] }, { where: 4003 }, { count: 3 }].map((which) => ({
  pool: 'ports',
  ...which,
}));
const DATABASES = [{ pool: 'databases' }, { pool: 'databases', count: 2 }];
const LOCKS = [
  { lock: 'schema', mode: 'shared' },
  { lock: 'schema', mode: 'shared' },
  { lock: 'schema', mode: 'exclusive' },
];
const KINDS = [ACCOUNTS, PORTS, DATABASES];

/** Of one kind mostly, else of two or three pools, some with a lock. */
function anyWants() {
  if (chance(0.5)) return [oneOf(oneOf(KINDS))];
  if (chance(0.3)) return [oneOf(LOCKS)];
  const left = oneOf([...KINDS, undefined]);
  const wants = KINDS.filter((kind) => kind !== left).map(oneOf);
  return chance(0.2) ? [...wants, oneOf(LOCKS)] : wants;
}

/** What is asked of the client: by `lease`, `lock` and `leaseAll`, or by these with a block. */
function call(prefix, wants, ...use) {
  const of = (name) => client[prefix ? prefix + name[0].toUpperCase() + name.slice(1) : name];
  if (wants.length > 1) return of('leaseAll').call(client, { ...wants }, ...use, options);
  const [{ pool, lock, ...which }] = wants;
  const [name, method] = lock ? [lock, of('lock')] : [pool, of('lease')];
  return method.call(client, name, ...use, { ...which, ...options });
}

/** Has what was granted, and does something meanwhile. */
async function hold(request, wants, lease, work) {
  const got = gotFor(wants, lease.value);
  note({ type: 'grant', request, token: lease.token, got });
  const things = Object.entries(got);
  for (const [name, mode] of things) mode === 'shared' ? share(name, request) : take(name);
  if (chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
  if (chance(0.1)) await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
  await work();
  lease.value;
  for (const [name, mode] of things) {
    if (mode === 'shared') giveShareBack(name, request);
    else giveBack(name);
  }
  note({ type: 'release', request });
}

/** The things, each with how it is held. */
function gotFor(wants, value) {
  const values = wants.length > 1 ? wants.map((_, i) => value[i]) : [value];
  return Object.fromEntries(
    wants.flatMap(({ pool, lock, mode }, i) =>
      lock
        ? [[`lock-${lock}`, mode]]
        : [values[i]].flat().map((each) => [`${pool}-${each.name ?? each}`, 'exclusive']),
    ),
  );
}

async function byHand(request) {
  const wants = anyWants();
  const lease = await noteAsked(client, { request, wants }, () => call('', wants));
  await hold(request, wants, lease, () => {});
  await lease.release();
}

/** What is asked for within a block may close a cycle of those who wait for each other. */
async function inBlock(request, depth) {
  const wants = anyWants();
  const within = depth > 0;
  try {
    await noteAsked(client, { request, wants, within }, () =>
      call('with', wants, (first, second) =>
        hold(request, wants, second ?? first, async () => {
          if (depth < 2 && chance(0.6)) await inBlock(`${request}.${depth + 1}`, depth + 1);
        }),
      ),
    );
  } catch (error) {
    if (!within || error.code !== 'deadlock') throw error;
    note({ type: 'deadlock', request });
  }
}

async function hammer(n) {
  for (let i = 0; isGoing(); i++) {
    const request = `${process.pid}-${n}-${i}`;
    await (chance(0.3) ? inBlock(request, 0) : byHand(request));
  }
}

serveHammers(hammer);
