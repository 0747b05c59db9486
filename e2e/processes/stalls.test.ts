import { afterAll, describe, expect, test, vi } from 'vitest';
import { Child, connect, endAll, envOf, type Host, now, pause, startHost } from './processes.ts';

// Windows knows no SIGSTOP.
const posix = process.platform !== 'win32';
afterAll(endAll);

interface State {
  lastUse: string;
  uses: number;
  aborted: boolean;
  held: boolean;
  error?: string;
}

interface Holding {
  holder: Child;
  id: string;
  state(): Promise<State>;
}

/** A process that holds a lease, and uses it all the time. */
async function hold(host: Host, pool: string, ttl: number): Promise<Holding> {
  const holder = await Child.start('holder.mjs', envOf(host));
  const { id } = await holder.ask<{ id: string }>('lease', pool, { ttl });
  await holder.ask('useOften', id);
  return { holder, id, state: () => holder.ask<State>('state', id) };
}

const TTLS = [300, 500, 1_000];
const LONGEST = 1_000;

describe.concurrent('a broker that stands still for three TTLs costs no renewing holder its lease', () => {
  async function standingStill(still: (host: Host) => Promise<unknown>): Promise<void> {
    const host = await startHost({ pools: { accounts: TTLS, spare: ['x'] } });
    const client = await connect(host.address);
    const holdings = await Promise.all(TTLS.map((ttl) => hold(host, 'accounts', ttl)));
    const tokens: number[] = [];
    const waiting = client.lease('accounts').then(({ token }) => tokens.push(token));
    waiting.catch(() => {});
    await still(host);
    // It runs again, and has had the time to expire what it would.
    await pause(1.5 * LONGEST);
    await client.get('nothing');
    for (const { state } of holdings) {
      const found = await state();
      expect(found).toMatchObject({ held: true, aborted: false });
      expect(found).not.toHaveProperty('error');
    }
    expect(tokens).toEqual([]);
    await client.close();
  }

  test.runIf(posix)('stopped by SIGSTOP', () =>
    standingStill(async (host) => {
      host.signal('SIGSTOP');
      await pause(3 * LONGEST);
      host.signal('SIGCONT');
    }),
  );

  test('its event loop blocked', () => standingStill((host) => host.ask('block', 3 * LONGEST)));

  test('its event loop blocked again and again, in whatever phase', () =>
    standingStill((host) => host.ask('blockInPhases', 400, 2)));

  test.runIf(posix)('stopped again and again, for as long as a TTL', () =>
    standingStill(async (host) => {
      for (let i = 0; i < 6; i++) {
        host.signal('SIGSTOP');
        await pause(TTLS[0]!);
        host.signal('SIGCONT');
        await pause(20);
      }
    }),
  );
});

(posix ? describe.concurrent : describe.skip)(
  'a holder that is stopped for longer than its TTL',
  () => {
    /** It has used nothing since another has it, and knows that it has lost it. */
    async function expectLost({ state }: Holding, grantedAt: bigint): Promise<void> {
      // It is asked by another way than it uses the lease: its next use may be yet to come.
      const { lastUse, uses } = await vi.waitFor(async () => {
        const found = await state();
        expect(found).toMatchObject({ held: false, aborted: true, error: 'lease_lost' });
        return found;
      }, 10_000);
      expect(uses).toBeGreaterThan(0);
      expect(BigInt(lastUse)).toBeLessThan(grantedAt);
    }

    test('loses its lease to the next, and learns that on waking before it uses it again', async () => {
      const host = await startHost({ pools: { one: ['a'] } });
      const client = await connect(host.address);
      const holding = await hold(host, 'one', 300);
      const waiting = client.lease('one');
      await client.get('nothing');
      const stoppedAt = now();
      holding.holder.signal('SIGSTOP');
      const lease = await waiting;
      const grantedAt = now();
      // It had last renewed at a third of the TTL before, or a little more.
      expect(Number(grantedAt - stoppedAt) / 1e6).toBeGreaterThan(100);
      holding.holder.signal('SIGCONT');
      await expectLost(holding, grantedAt);
      expect(lease.value).toBe('a');
      await client.close();
    });

    test('while it waits: what it was granted meanwhile goes to the next, and it never uses it', async () => {
      const host = await startHost({ pools: { one: ['a'] } });
      const client = await connect(host.address);
      const first = await client.lease('one');
      const waiter = await Child.start('holder.mjs', envOf(host));
      const leased = waiter.ask('lease', 'one', { ttl: 300 });
      await waiter.ask('get', 'nothing');
      waiter.signal('SIGSTOP');
      await first.release();
      expect((await client.lease('one')).token).toBe(3);
      waiter.signal('SIGCONT');
      await expect(leased).rejects.toMatchObject({ code: 'lease_lost' });
      await client.close();
    });

    test.each([
      ['the broker first', true],
      ['the holder first', false],
    ])('while the broker is stopped too, and %s goes on: the same', async (_, brokerFirst) => {
      const host = await startHost({ pools: { one: ['a'] } });
      const client = await connect(host.address);
      const holding = await hold(host, 'one', 300);
      const waiting = client.lease('one');
      await client.get('nothing');
      let granted = false;
      const grant = waiting.then(() => {
        granted = true;
        return now();
      });
      for (const each of [host, holding.holder]) each.signal('SIGSTOP');
      await pause(900);
      expect(granted).toBe(false);
      if (brokerFirst) {
        host.signal('SIGCONT');
        const grantedAt = await grant;
        holding.holder.signal('SIGCONT');
        await expectLost(holding, grantedAt);
      } else {
        holding.holder.signal('SIGCONT');
        await pause(100);
        host.signal('SIGCONT');
        await expectLost(holding, await grant);
      }
      await client.close();
    });
  },
);

test('a client that was blocked while its grant came, and lives, keeps its lease', async () => {
  const host = await startHost({ pools: { one: ['a'] } });
  const client = await connect(host.address);
  const holder = await Child.start('holder.mjs', envOf(host));
  for (let i = 0; i < 2; i++) {
    const first = await client.lease('one');
    const leased = holder.ask<{ id: string }>('lease', 'one', { ttl: 900 });
    await holder.ask('get', 'nothing');
    const blocked = holder.ask('block', 720);
    await pause(20);
    await first.release();
    await blocked;
    const { id } = await leased;
    await pause(500);
    expect(await holder.ask('state', id)).toMatchObject({ held: true, aborted: false });
    await holder.ask('release', id);
  }
  await client.close();
});
