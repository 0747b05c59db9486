import { beforeEach, describe, expect, test } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import type { Reply } from '../protocol/messages.ts';
import type { Pending } from './connection.ts';
import type { Link } from './link.ts';
import type { Bounded, NoticedOptions } from './options.ts';
import { Waits } from './waits.ts';

/** What was sent and may wait, the last one. */
let sent: { fields: string; waitMs: number | undefined; pending: Pending };
let told: string[];
let picked: [unknown, boolean][];
const notices = new Map();

const link = {
  welcome: { maxWaitMs: 60_000, limits: { maxLineBytes: 1_000 } },
  connection: {
    notices,
    send(fields: string, pending: Pending, waitMs?: number) {
      sent = { fields, pending, waitMs };
      return 7;
    },
    tell: (fields: string) => told.push(fields),
  },
} as unknown as Link;

class Probe extends Waits {
  protected readonly bounds: Bounded = { bounded: (_what, options, ask) => ask(options) };

  asks(options: NoticedOptions = {}): Promise<unknown> {
    return this.ask('"action":"lock","name":"db"', options, (reply, wanted) => {
      picked.push([reply.value, wanted]);
      if (reply.value === 'bad') throw new Error('not that');
      return reply.value;
    });
  }

  override refuse(): void {
    super.refuse();
  }
}

const answer = (value: string) => sent.pending.resolve({ ok: true, value } as unknown as Reply);
const ending = (asked: Promise<unknown>) => asked.catch((error) => error);

let probe: Probe;

beforeEach(() => {
  probe = new Probe(link);
  told = [];
  picked = [];
  notices.clear();
});

describe('a request that waits', () => {
  test.each<[NoticedOptions, number, string]>([
    [{}, 60_000, ''],
    [{ timeout: '5s' }, 5_000, ',"timeout":5000'],
    [{ atMost: '5s' }, 5_000, ',"atMost":5000'],
    [{ atMost: '2m' }, 60_000, ',"atMost":120000'],
    [{ timeout: '1s', atMost: '5s' }, 1_000, ',"timeout":1000,"atMost":5000'],
    [{ timeout: '1h', atMost: '5s' }, 5_000, ',"timeout":3600000,"atMost":5000'],
  ])('with %j is answered within %d ms, or the broker is silent', (options, waitMs, fields) => {
    void probe.asks(options);
    expect(sent).toMatchObject({ waitMs, fields: `"action":"lock","name":"db"${fields}` });
  });

  test('gives what is made of its answer, or fails as that does', async () => {
    const good = probe.asks();
    answer('good');
    expect(await good).toBe('good');
    const bad = ending(probe.asks());
    answer('bad');
    expect(await bad).toHaveProperty('message', 'not that');
    expect([told, notices.size]).toEqual([[], 0]);
  });

  test('that is aborted is cancelled, and its answer wanted no more', async () => {
    const abort = new AbortController();
    const asked = ending(probe.asks({ signal: abort.signal }));
    abort.abort('enough');
    expect([await asked, notices.size]).toEqual(['enough', 0]);
    answer('late');
    expect(told).toEqual(['"action":"cancel","request":7']);
    expect(picked).toEqual([['late', false]]);
  });

  test('ends with its client', async () => {
    const asked = ending(probe.asks());
    probe.refuse();
    expect(await asked).toHaveProperty('code', 'closed');
    expect(told).toHaveLength(1);
  });

  test('that a silent broker answers after all is wanted no more', async () => {
    const asked = ending(probe.asks());
    sent.pending.reject(new BrokerError('broker_unresponsive', 'asleep'));
    expect(await asked).toHaveProperty('code', 'broker_unresponsive');
    answer('late');
    expect(told).toEqual(['"action":"cancel","request":7']);
    expect(picked).toEqual([['late', false]]);
  });

  test('that was refused has nothing to cancel', async () => {
    const asked = ending(probe.asks());
    sent.pending.reject(new BrokerError('wait_timeout', 'in vain'));
    expect(await asked).toHaveProperty('code', 'wait_timeout');
    expect([told, notices.size]).toEqual([[], 0]);
  });
});
