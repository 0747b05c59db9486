import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type Client, connect, type Middleware, startBroker } from '../index.ts';
import { die, turn } from '../testing/running-broker.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 10_000) / 100;

/** What one client does, beside the others. */
type Deed =
  | { does: 'lease' | 'lock' | 'once' | 'value' | 'call'; abortAfter: number | undefined }
  | { does: 'die' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom('lease', 'lock', 'once', 'value', 'call'),
      abortAfter: fc.option(fc.nat(6), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'die' } as const) },
);

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await turn();
};

test('whatever middleware delays, and whoever gives up or dies: nothing stays held, nobody hangs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(deed, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 5 }),
      fc.array(fc.nat(50), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (programs, delays, beforeToo) => {
        let asked = 0;
        const delaying: Middleware = async (_request, _context, next) => {
          const delay = delays[asked++ % delays.length]!;
          if (beforeToo) await turns(delay);
          await next();
          await turns(delay);
        };
        const broker = await startBroker({
          pools: { accounts: ['ann', 'bob'] },
          middleware: [delaying],
          values: { token: { provide: () => turns(3).then(() => 'made'), ttl: 1 } },
        });
        broker.register('a/slow', () => turns(3));
        const { pipe, secret } = broker;
        const clients = await Promise.all(
          programs.map((_, i) => connect({ pipe: '/'.repeat(i) + pipe, secret })),
        );
        await Promise.all(programs.map((program, i) => run(clients[i]!, program)));
        const last = await connect({ pipe: '/'.repeat(clients.length) + pipe, secret });
        await vi.waitFor(async () =>
          expect(await last.pools()).toMatchObject([{ held: 0, waiting: 0 }]),
        );
        // And all else is to be had.
        await (await last.lock('db')).release();
        expect(await last.value('token')).toBe('made');
        expect(await last.once('made', () => 1)).toBe(1);
        await Promise.all([...clients, last].map((client) => client.close()));
        await broker.stop();
      },
    ),
    { numRuns: RUNS },
  );
}, 120_000);

/** All at once, so that they are on their way together. */
const run = (client: Client, program: Deed[]): Promise<unknown> =>
  Promise.allSettled(
    program.map(async (deed, i) => {
      await turns(i);
      if (deed.does === 'die') return die(client);
      const abort = new AbortController();
      if (deed.abortAfter !== undefined) turns(deed.abortAfter).then(() => abort.abort());
      const options = { signal: abort.signal };
      switch (deed.does) {
        case 'lease':
          return client.withLease('accounts' as never, () => turns(2), options);
        case 'lock':
          return client.withLock('db', () => turns(2), options);
        case 'once':
          return client.once('made', () => turns(2).then(() => 1), { ...options, ttl: 1 });
        case 'value':
          return client.value('token', options);
        case 'call':
          return client.call('a/slow', undefined, options);
      }
    }),
  );
