import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { resolveConfig } from '../config/check.ts';
import type { BrokerConfig } from '../config/define.ts';
import { Barriers } from '../core/barriers.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { Journal } from '../core/journal.ts';
import { Leases } from '../core/leases.ts';
import { RateLimits } from '../core/rate-limits.ts';
import { Store } from '../core/store.ts';
import { HEARTBEAT_MS } from '../protocol/limits.ts';
import type { Reply } from '../protocol/messages.ts';
import { newNonce, proofOf, type Transcript, WIRE_VERSION } from '../protocol/proof.ts';
import { Connection } from './connection.ts';
import { Extensions } from './extensions.ts';
import { HANDLERS, type Handler } from './handlers/index.ts';
import { Outbox } from './outbox.ts';
import { type House, Session } from './session.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

const SECRET = 'a secret that nobody may see';

/** A broker without a pipe: its house, and clients at the ends of streams in memory. */
function open(config: BrokerConfig = {}, more: Record<string, Handler> = {}) {
  const resolved = resolveConfig({ pools: { one: [{ password: 'hunter2' }] }, ...config }, 'test');
  const clock = new FakeClock();
  const journal = new Journal(clock);
  const leases = new Leases(clock, resolved.limits, journal, {
    check() {},
    reset() {},
    quarantined() {},
  });
  for (const { name, definition } of resolved.pools) leases.definePool(name, definition);
  const store = new Store(clock, resolved.limits);
  const extensions = new Extensions(resolved, store);
  const handlers = new Map([...extensions.handlers, ...Object.entries(more)]);
  Object.defineProperty(extensions, 'handlers', { value: handlers });
  const house: House = {
    id: newNonce(),
    secret: resolved.auth ? SECRET : undefined,
    config: resolved,
    pools: new Map(resolved.pools.map((pool) => [pool.name, pool])),
    maxWaitMs: 60_000,
    clock,
    store,
    leases,
    rateLimits: new RateLimits(clock, resolved.limits, journal),
    barriers: new Barriers(clock, resolved.limits, journal),
    extensions,
  };
  const outbox = new Outbox();
  return {
    house,
    clock,
    journal,
    /** A client that has only connected. */
    stranger: () => new Peer(house, outbox),
    /** A client that has proved itself. */
    async friend(fields: object = {}) {
      const peer = new Peer(house, outbox);
      expect(await peer.authenticate(fields)).toMatchObject({ ok: true });
      return peer;
    },
  };
}

class Peer {
  readonly #far;
  readonly #lines: string[] = [];
  /** All that was sent to the broker. */
  sent = '';

  constructor(house: House, outbox: Outbox) {
    const [near, far] = duplexPair({ allowHalfOpen: false });
    new Connection(near, outbox, house.config.limits, (connection) => {
      return new Session(house, connection, 0);
    });
    let rest = '';
    far.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      this.#lines.push(...lines);
    });
    this.#far = far;
  }

  get closed(): boolean {
    return this.#far.readableEnded;
  }

  /** What the broker has said since the last look. */
  async heard(): Promise<Reply[]> {
    for (let i = 0; i < 10; i++) await turn();
    return this.#lines.splice(0).map((line) => JSON.parse(line));
  }

  /** In one chunk. */
  post(...lines: (object | string)[]): void {
    const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    this.sent += `${texts.join('\n')}\n`;
    this.#far.write(`${texts.join('\n')}\n`);
  }

  async say(...lines: (object | string)[]): Promise<Reply[]> {
    this.post(...lines);
    return this.heard();
  }

  async greet(nonce = newNonce()): Promise<Transcript & { proof: string }> {
    const [hello] = await this.say({ action: 'hello', nonce, versions: [WIRE_VERSION] });
    return {
      version: WIRE_VERSION,
      broker: hello!.broker as string,
      clientNonce: nonce,
      brokerNonce: hello!.nonce as string,
      proof: hello!.proof as string,
    };
  }

  async authenticate(fields: object = {}): Promise<Reply> {
    const proof = proofOf('client', SECRET, await this.greet());
    const [reply] = await this.say({ action: 'auth', proof, ...fields });
    return reply!;
  }

  async leave(): Promise<void> {
    this.#far.end();
    await this.heard();
  }
}

const codes = (replies: Reply[]) => replies.map(({ ok, error }) => (ok ? 'ok' : error));

const DEEP = 100_000;

/** Lines each of which has ended some server once, with what they are answered after authentication. */
const HOSTILE: [name: string, line: string, code: string][] = [
  ['null', 'null', 'bad_line'],
  ['a number', '5', 'bad_line'],
  ['a text', '"get"', 'bad_line'],
  ['a boolean', 'true', 'bad_line'],
  ['an empty list', '[]', 'bad_line'],
  ['a list of requests', '[{"action":"ping"}]', 'bad_line'],
  ['no JSON', '{"action":', 'bad_line'],
  ['two objects', '{"action":"ping"}{"action":"ping"}', 'bad_line'],
  ['NaN', '{"action":NaN}', 'bad_line'],
  ['a blank line of blanks', '   ', 'bad_line'],
  ['a zero byte', '\u0000', 'bad_line'],
  ['no action', '{}', 'bad_request'],
  ['an action of null', '{"action":null}', 'bad_request'],
  ['an action that is a number', '{"action":5}', 'bad_request'],
  ['an action that is a list', '{"action":["get"]}', 'bad_request'],
  ['an action of the prototype', '{"action":"__proto__"}', 'unknown_action'],
  ['an action of every object', '{"action":"constructor"}', 'unknown_action'],
  ['an action with a blank', '{"action":"get ","key":"k"}', 'unknown_action'],
  ['a prototype that holds the action', '{"__proto__":{"action":"ping"}}', 'bad_request'],
  ['an id that is an object', '{"id":{},"action":"ping"}', 'bad_request'],
  ['an id of null', '{"id":null,"action":"ping"}', 'bad_request'],
  ['a broken id', '{"id":1.5,"action":"ping"}', 'bad_request'],
  ['an infinite id', '{"id":1e999,"action":"ping"}', 'bad_request'],
  ['an id too long', `{"id":"${'x'.repeat(300)}","action":"ping"}`, 'bad_request'],
  ['no key', '{"action":"get"}', 'bad_request'],
  ['a key of null', '{"action":"get","key":null}', 'bad_request'],
  ['a key that is an object', '{"action":"del","key":{"length":1}}', 'bad_request'],
  ['no value', '{"action":"set","key":"k","ttl":1000}', 'bad_request'],
  ['a TTL as text', '{"action":"set","key":"k","ttl":"5","value":1}', 'bad_request'],
  ['a TTL with a unit', '{"action":"set","key":"k","ttl":"5s","value":1}', 'bad_request'],
  ['a TTL of 0', '{"action":"set","key":"k","ttl":0,"value":1}', 'bad_request'],
  ['a negative TTL', '{"action":"set","key":"k","ttl":-1,"value":1}', 'bad_request'],
  ['an infinite TTL', '{"action":"set","key":"k","ttl":1e999,"value":1}', 'bad_request'],
  ['a TTL of null', '{"action":"set","key":"k","ttl":null,"value":1}', 'bad_request'],
  ['a TTL in a list', '{"action":"set","key":"k","ttl":[5],"value":1}', 'bad_request'],
  ['an end of null', '{"action":"set","key":"k","expiresAt":null,"value":1}', 'bad_request'],
  ['an end as text', '{"action":"set","key":"k","expiresAt":"2099","value":1}', 'bad_request'],
  ['a flag as text', '{"action":"set","key":"k","ttl":9,"value":1,"ifAbsent":"no"}', 'bad_request'],
  [
    'a broken version',
    '{"action":"set","key":"k","ttl":9,"value":1,"ifVersion":0.5}',
    'bad_request',
  ],
  ['a step as text', '{"action":"incr","key":"k","by":"1"}', 'bad_request'],
  ['no pool', '{"action":"lease"}', 'bad_request'],
  ['a pool without a name', '{"action":"lease","pool":""}', 'bad_request'],
  ['a pool of the prototype', '{"action":"lease","pool":"__proto__"}', 'unknown_pool'],
  ['a lock without a name', '{"action":"lock"}', 'bad_request'],
  ['a wait as text', '{"action":"lock","name":"l","timeout":"5"}', 'bad_request'],
  ['a negative wait', '{"action":"lock","name":"l","timeout":-1}', 'bad_request'],
  ['a lease TTL as text', '{"action":"lock","name":"l","ttl":"5"}', 'bad_request'],
  ['a lease TTL of 1 ms', '{"action":"lock","name":"l","ttl":1}', 'bad_request'],
  ['a purpose as text', '{"action":"lock","name":"l","purpose":"me"}', 'bad_request'],
  ['no lease', '{"action":"release"}', 'bad_request'],
  ['a lease that is a number', '{"action":"renew","lease":1}', 'bad_request'],
  ['a lease of nobody', '{"action":"renew","lease":"one#1"}', 'not_holder'],
  ['a lease of the prototype', '{"action":"release","lease":"__proto__"}', 'not_holder'],
  ['no wait to cancel', '{"action":"cancel"}', 'bad_request'],
  ['a wait to cancel that is a list', '{"action":"cancel","request":[]}', 'bad_request'],
  ['a nonce too short', '{"action":"hello","nonce":"ab","versions":[1]}', 'bad_request'],
  ['a nonce that is no text', '{"action":"hello","nonce":7,"versions":[1]}', 'bad_request'],
  [
    'versions as text',
    `{"action":"hello","nonce":"${newNonce()}","versions":"1"}`,
    'unsupported_version',
  ],
  [
    'other versions',
    `{"action":"hello","nonce":"${newNonce()}","versions":[2,null]}`,
    'unsupported_version',
  ],
  ['no handshake', '{"action":"auth","proof":"x"}', 'auth_required'],
  ['deep lists', '['.repeat(DEEP) + ']'.repeat(DEEP), 'bad_line'],
  ['a deep field', `{"action":"ping","x":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`, 'ok'],
  ['a deep action', `{"action":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`, 'bad_request'],
  ['a deep id', `{"id":${'['.repeat(DEEP)}${']'.repeat(DEEP)},"action":"ping"}`, 'bad_request'],
  [
    'a deep value',
    `{"action":"set","key":"k","ttl":9,"value":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    'too_large',
  ],
  [
    'a deep object for a value',
    `{"action":"set","key":"k","ttl":9,"value":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
    'too_large',
  ],
  [
    'a deep wait to cancel',
    `{"action":"cancel","request":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
    'bad_request',
  ],
];

describe('one line never ends the broker', () => {
  test.each(HOSTILE)('after authentication: %s', async (_, line, code) => {
    const { friend } = open();
    const [peer, other] = [await friend(), await friend()];
    const [reply, pong, ...rest] = await peer.say(line, { id: 1, action: 'ping' });
    expect(reply!.ok ? 'ok' : reply!.error).toBe(code);
    if (!reply!.ok) expect(reply!.message).not.toBe('');
    expect([pong, rest]).toEqual([{ id: 1, ok: true }, []]);
    expect(await other.say({ id: 2, action: 'ping' })).toEqual([{ id: 2, ok: true }]);
  });

  test.each(HOSTILE)('before authentication, where it is also the last: %s', async (_, line) => {
    const { house, stranger, friend } = open();
    const peer = stranger();
    const replies = await peer.say(line, { id: 1, action: 'ping' });
    expect(replies.length).toBe(1);
    expect(replies[0]!.ok).toBe(false);
    expect(peer.closed).toBe(true);
    expect(house.store.size).toBe(0);
    expect(await (await friend()).say({ id: 2, action: 'ping' })).toEqual([{ id: 2, ok: true }]);
  });
});

describe('no sequence of lines ends the broker', () => {
  /** Any JSON, and of what the fields of requests are made. */
  const field = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('k', 'one', 'l', 'one#1', 'lock:l#2', 'run', '__proto__'),
    },
    { weight: 2, arbitrary: fc.constantFrom(0, 1, -1, 100, 1_000, 1e300, true, false, null) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
  const names = [
    ...['key', 'value', 'ttl', 'expiresAt', 'ifAbsent', 'ifVersion', 'by', 'prefix', 'after'],
    ...['pool', 'name', 'timeout', 'purpose', 'lease', 'request', 'entry', 'nonce', 'versions'],
    ...['proof', 'identity', 'events', '__proto__', 'toString'],
  ];
  const fields = fc.dictionary(fc.constantFrom(...names), field, { maxKeys: 5 });
  const actions = [...HANDLERS.keys(), 'hello', 'auth', '__proto__', ''].filter(
    (name) => name !== 'bye',
  );
  const request = fc
    .tuple(fc.constantFrom(...actions), fields)
    .map(([action, rest]) => ({ ...rest, action }));

  test('each is answered at most once, by its id, and the next client is served', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 30 }), async (requests) => {
        const { house, clock, friend } = open();
        const [peer, other] = [await friend({ events: true }), await friend()];
        const replies = await peer.say(...requests.map((each, id) => ({ ...each, id })));
        clock.advance(100_000);
        house.leases.sweep();
        house.store.sweep();
        replies.push(...(await peer.heard()));
        const answered = replies.filter(({ event }) => event === undefined).map(({ id }) => id);
        // By now every wait has ended, in a grant or in time.
        expect(answered.sort((a, b) => Number(a) - Number(b))).toEqual(requests.map((_, id) => id));
        expect(replies.filter(({ error }) => error === 'internal')).toEqual([]);
        expect(await other.say({ action: 'ping' })).toEqual([{ ok: true }]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the handshake', () => {
  test('in three lines, and the broker proves itself first', async () => {
    const peer = open().stranger();
    const seen = await peer.greet();
    expect(seen.proof).toBe(proofOf('broker', SECRET, seen));
    const [reply] = await peer.say({
      id: 'a',
      action: 'auth',
      proof: proofOf('client', SECRET, seen),
    });
    expect(reply).toEqual({
      id: 'a',
      ok: true,
      session: 1,
      limits: { maxLineBytes: 1_048_576, maxOutputBytes: 8_388_608, maxDepth: 64 },
      maxWaitMs: 60_000,
      config: expect.any(String),
    });
  });

  test('nothing is taken before it, not even in the same chunk', async () => {
    const { house, stranger } = open();
    const peer = stranger();
    const set = { action: 'set', key: 'k', ttl: 'run', value: 1 };
    const hello = { action: 'hello', nonce: newNonce(), versions: [WIRE_VERSION] };
    expect(codes(await peer.say(hello, set))).toEqual(['ok', 'auth_required']);
    expect([house.store.size, peer.closed]).toEqual([0, true]);
  });

  test('of a client with another secret is refused, and the connection ends', async () => {
    const peer = open().stranger();
    const proof = proofOf('client', `${SECRET}!`, await peer.greet());
    const [reply] = await peer.say({ action: 'auth', proof }, { action: 'ping' });
    expect(reply).toMatchObject({ ok: false, error: 'auth_failed' });
    expect(JSON.stringify(reply)).not.toContain(SECRET);
    expect(peer.closed).toBe(true);
  });

  test.each([
    ['none', undefined],
    ['null', null],
    ['an empty text', ''],
    ['true', true],
    ['an object that looks long enough', { length: 64 }],
  ])('with %s for a proof is refused', async (_, proof) => {
    const peer = open().stranger();
    await peer.greet();
    expect(codes(await peer.say({ action: 'auth', proof }))).toEqual(['auth_failed']);
    expect(peer.closed).toBe(true);
  });

  test('a replayed one is refused', async () => {
    const { stranger } = open();
    const recorded = stranger();
    await recorded.authenticate();
    const thief = stranger();
    const replies = await thief.say(...recorded.sent.trim().split('\n'), { action: 'ping' });
    expect(codes(replies)).toEqual(['ok', 'auth_failed']);
    expect(thief.closed).toBe(true);
  });

  test('the broker’s own proof, sent back, is refused', async () => {
    const peer = open().stranger();
    const { proof } = await peer.greet();
    expect(codes(await peer.say({ action: 'auth', proof }))).toEqual(['auth_failed']);
  });

  test('a proof for another connection, or another broker, is refused', async () => {
    const here = open();
    const other = await open().stranger().greet();
    const peers = [here.stranger(), here.stranger(), here.stranger()];
    const [first, second] = [await peers[0]!.greet(), await peers[1]!.greet()];
    await peers[2]!.greet(other.clientNonce);
    const proofs = [second, first, other].map((seen) => proofOf('client', SECRET, seen));
    for (const [i, peer] of peers.entries()) {
      expect(codes(await peer.say({ action: 'auth', proof: proofs[i] }))).toEqual(['auth_failed']);
    }
  });

  test('hello serves once: what a stranger can make the broker say is bounded', async () => {
    const peer = open().stranger();
    const hello = { action: 'hello', nonce: newNonce(), versions: [WIRE_VERSION] };
    expect(codes(await peer.say(...Array.from({ length: 1_000 }, () => hello)))).toEqual([
      'ok',
      'bad_request',
    ]);
    expect(peer.closed).toBe(true);
  });

  test.each([
    ['identity', { identity: 5 }],
    ['identity', { identity: 'me' }],
    ['events', { events: 'yes' }],
  ])('with a wrong field (%s) opens no session', async (_, fields) => {
    const { journal, stranger } = open();
    const peer = stranger();
    expect(await peer.authenticate(fields)).toMatchObject({ ok: false, error: 'bad_request' });
    expect(await peer.say({ action: 'ping' })).toEqual([]);
    expect([peer.closed, journal.events()]).toEqual([true, []]);
  });

  test('makes the session known in the journal by the identity that it told', async () => {
    const { journal, friend } = open();
    await friend({ identity: { runner: 'vitest', worker: '3', pid: 4711 } });
    expect(journal.events()).toMatchObject([
      { type: 'session', session: 1, identity: { runner: 'vitest', worker: '3', pid: 4711 } },
    ]);
  });

  test('is not needed where authentication is off, and tells the identity there too', async () => {
    const { journal, stranger } = open({ auth: false });
    const peer = stranger();
    expect(codes(await peer.say({ action: 'ping' }))).toEqual(['ok']);
    const { proof } = await peer.greet();
    expect(proof).toBeUndefined();
    expect(codes(await peer.say({ action: 'auth', identity: { worker: 'w' } }))).toEqual(['ok']);
    expect(journal.events()).toMatchObject([{ type: 'session', identity: { worker: 'w' } }]);
  });
});

describe('replies', () => {
  test('carry the id of their request, and come when they are ready', async () => {
    const { friend } = open();
    const [holder, peer] = [await friend(), await friend()];
    const [held] = await holder.say({ id: 1, action: 'lease', pool: 'one' });
    const replies = await peer.say(
      { id: 'first', action: 'lease', pool: 'one' },
      { id: 2, action: 'ping' },
      { id: '2', action: 'ping' },
    );
    expect(replies).toEqual([
      { id: 2, ok: true },
      { id: '2', ok: true },
    ]);
    await holder.say({ action: 'release', lease: held!.lease });
    expect(await peer.heard()).toMatchObject([{ id: 'first', ok: true, token: 2 }]);
  });

  test('to requests without an id come in order, also when one of them waits for a lease', async () => {
    const { friend } = open();
    const [holder, peer] = [await friend(), await friend()];
    const [held] = await holder.say({ action: 'lease', pool: 'one' });
    const waiting = { action: 'lease', pool: 'one' };
    const ping = { action: 'ping' };
    const get = { action: 'get', key: 'missing' };
    expect(await peer.say(get, waiting, ping, get, { id: 9, action: 'ping' }, ping)).toMatchObject([
      { error: 'not_found' },
    ]);
    await holder.say({ action: 'release', lease: held!.lease });
    expect(codes(await peer.heard())).toEqual(['ok', 'ok', 'not_found', 'ok', 'ok']);
  });

  // Regression: of who is first, what was served at once was cancelled, and not its wait for the provider.
  test('to one that waits for a value comes with its cancel, and frees its id', async () => {
    const { friend } = open({ values: { token: { provide: () => new Promise(() => {}) } } });
    const client = await friend();
    const request = { id: 1, action: 'value', key: 'token' };
    for (let i = 0; i < 2; i++) {
      const replies = await client.say(request, { id: 2, action: 'cancel', request: 1 });
      expect(replies).toMatchObject([
        { id: 1, error: 'cancelled' },
        { id: 2, ok: true },
      ]);
    }
  });

  test('to requests behind one that waits come also when its wait ends without a lease', async () => {
    const { house, clock, friend } = open();
    const [holder, peer] = [await friend(), await friend()];
    await holder.say({ action: 'lease', pool: 'one' });
    expect(
      await peer.say({ action: 'lease', pool: 'one', timeout: 1_000 }, { action: 'ping' }),
    ).toEqual([]);
    clock.advance(1_000 + HEARTBEAT_MS);
    house.leases.sweep();
    expect(codes(await peer.heard())).toEqual(['wait_timeout', 'ok']);
  });

  test('requests that are held behind each other on thousands of connections do not nest the grants', async () => {
    const { friend } = open();
    const holder = await friend();
    await holder.say({ action: 'lock', name: 'l' });
    const peers = [];
    for (let i = 0; i < 1_500; i++) peers.push(await friend());
    for (const [i, peer] of peers.entries()) {
      // Tokens rise by one, so each knows what it will get, and gives it back on getting it.
      peer.post({ action: 'lock', name: 'l' }, { action: 'release', lease: `lock:l#${i + 2}` });
    }
    await holder.heard();
    await holder.say({ action: 'release', lease: 'lock:l#1' });
    const heard = await Promise.all(peers.map((peer) => peer.heard()));
    expect(heard.filter((replies) => codes(replies).join() !== 'ok,ok')).toEqual([]);
    expect(codes(await holder.say({ action: 'lock', name: 'l', timeout: 0 }))).toEqual(['ok']);
  });

  test('say of a failure that is not ours nothing but its kind', async () => {
    const { friend } = open(
      {},
      {
        odd: () => {
          throw new TypeError('cannot read hunter2');
        },
      },
    );
    const peer = await friend();
    const [reply] = await peer.say({ id: 1, action: 'odd' });
    expect(reply).toMatchObject({ id: 1, ok: false, error: 'internal' });
    expect(JSON.stringify(reply)).not.toContain('hunter2');
    expect(codes(await peer.say({ action: 'ping' }))).toEqual(['ok']);
  });

  test('to an unknown action name the one that was meant', async () => {
    const [reply] = await (await open().friend()).say({ action: 'relaese' });
    expect(reply!.message).toContain("Did you mean 'release'?");
  });
});

describe('events', () => {
  test('go to those who asked for them, and to nobody else', async () => {
    const { house, clock, friend } = open();
    const [asked, silent] = [await friend({ events: true }), await friend({ events: false })];
    const [first] = await asked.say({ action: 'lock', name: 'a', ttl: 1_000 });
    await silent.say({ action: 'lock', name: 'b', ttl: 1_000 });
    clock.advance(1_000 + HEARTBEAT_MS);
    house.leases.sweep();
    expect(await asked.heard()).toEqual([
      { event: 'lease_lost', lease: first!.lease, reason: 'expired' },
    ]);
    expect(await silent.heard()).toEqual([]);
  });

  test('of a lease of one’s own release there is none', async () => {
    const peer = await open().friend({ events: true });
    const [held] = await peer.say({ action: 'lock', name: 'a' });
    expect(await peer.say({ action: 'release', lease: held!.lease })).toEqual([{ ok: true }]);
  });
});

describe('ownership', () => {
  test('nobody renews or releases the lease of another', async () => {
    const { friend } = open();
    const [holder, thief] = [await friend(), await friend()];
    const [held] = await holder.say({ action: 'lease', pool: 'one' });
    const { lease } = held!;
    expect(
      codes(await thief.say({ action: 'renew', lease }, { action: 'release', lease })),
    ).toEqual(['not_holder', 'not_holder']);
    expect(codes(await thief.say({ action: 'lease', pool: 'one', timeout: 0 }))).toEqual([
      'wait_timeout',
    ]);
    expect(codes(await holder.say({ action: 'renew', lease }))).toEqual(['ok']);
  });

  test('nobody cancels the wait of another', async () => {
    const { friend } = open();
    const [holder, waiter, thief] = [await friend(), await friend(), await friend()];
    const [held] = await holder.say({ action: 'lease', pool: 'one' });
    await waiter.say({ id: 1, action: 'lease', pool: 'one' });
    expect(codes(await thief.say({ action: 'cancel', request: 1 }))).toEqual(['ok']);
    await holder.say({ action: 'release', lease: held!.lease });
    expect(codes(await waiter.heard())).toEqual(['ok']);
  });

  test('an expired holder gets a typed error, and not the value of the next', async () => {
    const { house, clock, friend } = open();
    const [late, next] = [await friend(), await friend()];
    const [held] = await late.say({ action: 'lease', pool: 'one', ttl: 1_000 });
    clock.advance(1_000 + HEARTBEAT_MS);
    house.leases.sweep();
    const [granted] = await next.say({ action: 'lease', pool: 'one' });
    expect(granted).toMatchObject({ ok: true, token: 2 });
    const { lease } = held!;
    const replies = await late.say(
      { id: 1, action: 'renew', lease },
      { id: 2, action: 'release', lease },
    );
    for (const reply of replies) {
      expect(reply).toMatchObject({
        ok: false,
        error: 'lease_lost',
        details: { reason: 'expired' },
      });
    }
    expect(codes(await next.say({ action: 'renew', lease: granted!.lease }))).toEqual(['ok']);
  });

  test('ends with the connection: leases go to the next, waits are dropped', async () => {
    const { journal, friend } = open();
    const [holder, second, third] = [await friend(), await friend(), await friend()];
    await holder.say({ action: 'lease', pool: 'one' });
    await second.say({ id: 1, action: 'lease', pool: 'one' });
    await third.say({ id: 1, action: 'lease', pool: 'one' });
    await second.leave();
    await holder.leave();
    expect(codes(await third.heard())).toEqual(['ok']);
    expect(journal.events().filter(({ type }) => type === 'wait_end')).toMatchObject([
      { reason: 'disconnected' },
    ]);
  });

  test('of one who waits without an id ends with the connection too', async () => {
    const { friend } = open();
    const [holder, second, third] = [await friend(), await friend(), await friend()];
    const [held] = await holder.say({ action: 'lease', pool: 'one' });
    await second.say({ action: 'lease', pool: 'one' }, { action: 'ping' });
    await second.leave();
    await third.say({ id: 1, action: 'lease', pool: 'one' });
    await holder.say({ action: 'release', lease: held!.lease });
    expect(codes(await third.heard())).toEqual(['ok']);
  });

  test('a wall clock that jumps by an hour frees nothing', async () => {
    const { house, clock, friend } = open();
    const [holder, other] = [await friend({ events: true }), await friend()];
    await holder.say({ action: 'lease', pool: 'one', ttl: 1_000 });
    for (const jump of [3_600_000, -7_200_000]) {
      clock.setWall(clock.wall() + jump);
      clock.advance(500);
      house.leases.sweep();
      expect(codes(await other.say({ action: 'lease', pool: 'one', timeout: 0 }))).toEqual([
        'wait_timeout',
      ]);
      await holder.say({ action: 'renew', lease: 'one#1' });
    }
    expect(await holder.heard()).toEqual([]);
  });
});

test('no secret and no value is in the journal, nor in an error', async () => {
  const { journal, friend } = open();
  const peer = await friend({ identity: { worker: 'w' } });
  const said = await peer.say(
    { action: 'set', key: 'k', ttl: 'run', value: 'hunter2' },
    { action: 'set', key: 'k', ttl: 'run', value: 'hunter2', ifAbsent: true },
    { action: 'incr', key: 'k' },
    { id: 1, action: 'lease', pool: 'one' },
    { id: 2, action: 'lease', pool: 'one', timeout: 0 },
    { id: 3, action: 'lease', pool: 'two' },
  );
  const errors = said.filter(({ ok }) => !ok);
  expect(codes(errors)).toEqual(['exists', 'wrong_type', 'wait_timeout', 'unknown_pool']);
  for (const text of [JSON.stringify(errors), JSON.stringify(journal.events())]) {
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(SECRET);
  }
});
