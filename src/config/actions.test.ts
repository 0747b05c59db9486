import { describe, expectTypeOf, test } from 'vitest';
import type { Client } from '../client/client.ts';
import type { Extensible } from './plugin.ts';

// The compiler is what fails here, when types change: `npm run typecheck`.

declare module './actions.ts' {
  interface Actions {
    'post/last': (params: { to: string }) => { subject: string } | null;
    'post/count': () => number;
  }
}

const client = {} as Client;
const broker = {} as Extensible;

describe('an action that was declared', () => {
  test('has its types where it is called', () => {
    const calls = () => ({
      last: client.call('post/last', { to: 'ann' }, { timeout: '1s' }),
      count: client.call('post/count'),
      // @ts-expect-error it takes params
      without: client.call('post/last'),
      // @ts-expect-error it takes none
      more: client.call('post/count', { to: 'ann' }),
      // @ts-expect-error the broker's own have methods of their own
      own: client.call('hello'),
      // @ts-expect-error of other names
      wrong: client.call('post/last', { form: 'ann' }),
    });
    expectTypeOf<ReturnType<typeof calls>['last']>().toEqualTypeOf<
      Promise<{ subject: string } | null>
    >();
    expectTypeOf<ReturnType<typeof calls>['count']>().toEqualTypeOf<Promise<number>>();
  });

  test('has its types where it is registered', () => {
    const registered = () => {
      broker.register('post/last', ({ to }, { signal }) =>
        signal.aborted ? null : { subject: to },
      );
      broker.register('post/count', async () => 1);
      // @ts-expect-error it gives a number
      broker.register('post/count', () => 'one');
      // @ts-expect-error it is not what it takes
      broker.register('post/last', ({ from }) => from);
    };
    expectTypeOf(registered).toBeFunction();
  });

  test('can be one that was not', () => {
    const other = () => client.call('post/other', 1);
    // biome-ignore lint/suspicious/noExplicitAny: nothing is known of it
    expectTypeOf(other).returns.toEqualTypeOf<Promise<any>>();
    const registered = () => broker.register('post/other', (params) => params);
    expectTypeOf(registered).toBeFunction();
  });
});
