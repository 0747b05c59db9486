import { expect, test } from 'vitest';
import { resolveConfig } from '../../config/check.ts';
import { Session as CoreSession } from '../../core/session.ts';
import type { BrokerError } from '../../protocol/errors.ts';
import { noting } from '../../testing/noting.ts';
import type { Connection } from '../connection.ts';
import { Exchange } from '../exchange.ts';
import { Pending } from '../pending.ts';
import type { Session } from '../session.ts';
import { registered } from './registered.ts';

test('of the calls of one session that are at work no two have one id', () => {
  const said: { id: number; error?: string }[] = [];
  const connection = { ...noting(said), proceed() {} };
  const session = {
    house: { config: resolveConfig({}, 'test') },
    core: new CoreSession(1, {}),
    calls: new Set(),
    pending: new Pending(),
  } as unknown as Session;
  const handler = registered('mail/send', () => new Promise(() => {}), {});
  const call = (id: number) => {
    const exchange = new Exchange(connection as unknown as Connection, { action: 'mail/send', id });
    handler(exchange.request, session, exchange);
  };
  call(1);
  call(2);
  expect(() => call(1)).toThrow('A request with the id 1 waits already.');
  session.pending.cancel('1');
  expect(said).toMatchObject([{ id: 1, error: 'cancelled' satisfies BrokerError['code'] }]);
  call(1);
  session.pending.cancel('1');
  session.pending.cancel('2');
  expect([said.length, session.calls.size]).toEqual([3, 0]);
});
