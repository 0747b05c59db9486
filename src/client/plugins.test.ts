import { describe, expect, test, vi } from 'vitest';
import { Listener } from '../broker/listener.ts';
import { definePlugin, type Middleware, startBroker } from '../index.ts';
import { another, broker, failure, start } from '../testing/running-broker.ts';

describe('a plugin', () => {
  test('adds actions, values and middleware, before anybody connects', async () => {
    const seen: string[] = [];
    const mail = definePlugin({
      name: 'mail',
      async setup(extended) {
        await Promise.resolve();
        extended.register('mail/count', () => 3);
        extended.on('provide', ({ key }) => (key === 'inbox' ? { value: 'in' } : undefined));
        extended.on('stop', () => seen.push('stop'));
        extended.use(({ action }, _, next) => {
          seen.push(action);
          return next();
        });
      },
    });
    await start({ plugins: [mail] });
    const client = await another();
    expect([await client.call('mail/count'), await client.value('inbox')]).toEqual([3, 'in']);
    await client.close();
    await broker.stop();
    expect(seen.slice(0, 2)).toEqual(['mail/count', 'value']);
    expect(seen.at(-1)).toBe('stop');
  });

  test('sees requests after what the config has see them, and ends after all is disposed of, the last first', async () => {
    const seen: string[] = [];
    const note = (what: string) => (_request: unknown, _context: unknown, next: () => unknown) => {
      seen.push(what);
      return next();
    };
    const plugin = (name: string) =>
      definePlugin({
        name,
        setup(extended) {
          extended.use(note(name) as Middleware);
          extended.on('stop', () => seen.push(`${name} ends`));
        },
      });
    await start({
      values: { token: { provide: () => 't', dispose: () => void seen.push('disposed of') } },
      plugins: [plugin('first'), plugin('second')],
      middleware: [note('config') as Middleware],
    });
    const client = await another();
    await client.value('token');
    expect(seen.splice(0)).toEqual(['config', 'first', 'second']);
    await client.close();
    seen.length = 0;
    await broker.stop();
    expect(seen).toEqual(['disposed of', 'second ends', 'first ends']);
  });

  test('that fails at its set-up stops the start, by its name', async () => {
    await start({});
    const failing = (name: string, setup: () => unknown) =>
      failure(startBroker({ plugins: [{ name, setup }] }));
    const down = () => {
      throw new Error('no gate');
    };
    expect((await failing('mail', down)).message).toBe(
      "startBroker(): the set-up of the plugin 'mail' failed: no gate",
    );
    expect((await failing('mail', down)).code).toBe('bad_config');
  });

  test('that takes the name of an action stops the start', async () => {
    await start({});
    const plugin = (name: string) =>
      definePlugin({ name, setup: (extended) => extended.register('mail/last', () => 1) });
    const error = await failure(startBroker({ plugins: [plugin('a'), plugin('b')] }));
    expect(error.message).toContain("the set-up of the plugin 'b' failed: register('mail/last')");
  });

  test('ends with a start that fails after it was set up', async () => {
    await start();
    const seen: string[] = [];
    const first = definePlugin({
      name: 'first',
      async setup(extended) {
        extended.on('stop', () => seen.push('first ended'));
      },
    });
    const second = definePlugin({
      name: 'second',
      setup(extended) {
        extended.on('stop', () => seen.push('second ended'));
        throw new Error('no gate');
      },
    });
    expect((await failure(startBroker({ plugins: [first, second] }))).code).toBe('bad_config');
    expect(seen).toEqual(['second ended', 'first ended']);
  });

  test('ends with a start that finds nothing to listen on', async () => {
    await start();
    const seen: string[] = [];
    vi.spyOn(Listener, 'listen').mockRejectedValue(new Error('no room'));
    const mail = definePlugin({
      name: 'mail',
      setup: (extended) => extended.on('stop', () => seen.push('ended')),
    });
    expect((await failure(startBroker({ plugins: [mail] }))).code).toBe('bad_address');
    expect(seen).toEqual(['ended']);
  });

  test('adds nothing to a broker that stops', async () => {
    await start();
    await broker.stop();
    for (const late of [
      () => broker.use((_request, _context, next) => next()),
      () => broker.register('a/late', () => 1),
      () => broker.on('stop', () => {}),
    ]) {
      expect(late).toThrow(expect.objectContaining({ code: 'stopping' }));
    }
  });

  test('may take the methods off what it is given, and sees no more than those', async () => {
    let seen: string[] = [];
    const plugin = definePlugin({
      name: 'mail',
      setup(extended) {
        seen = Object.keys(extended);
        const { register } = extended;
        register('mail/count', () => 3);
      },
    });
    await start({ plugins: [plugin] });
    expect(await (await another()).call('mail/count')).toBe(3);
    expect(seen.sort()).toEqual(['on', 'register', 'use']);
  });
});
