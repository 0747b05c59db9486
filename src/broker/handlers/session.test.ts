import { expect, test, vi } from 'vitest';
import type { Connection } from '../connection.ts';
import { Exchange } from '../exchange.ts';
import type { Session } from '../session.ts';
import { bye, ping } from './session.ts';

test('ping is answered, and that is all', () => {
  expect(ping({ action: 'ping' }, {} as Session, {} as Exchange)).toBe('');
});

test('bye is answered first, and ends the session then', () => {
  const done: string[] = [];
  const exchange = new Exchange(
    { send: (line: string) => done.push(line) } as unknown as Connection,
    { id: 1, action: 'bye' },
  );
  const session = { end: vi.fn(() => done.push('end')) } as unknown as Session;
  expect(bye(exchange.request, session, exchange)).toBeUndefined();
  expect(done).toEqual(['{"id":1,"ok":true}\n', 'end']);
});
