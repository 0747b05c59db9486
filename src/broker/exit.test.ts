import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { cleanUpOnExit as CleanUpOnExit } from './exit.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The process as far as its end goes: it dies here without taking the tests along. */
let host: EventEmitter;
/** Signals that were raised while nobody listened: what a process dies of. */
let deaths: string[];

beforeEach(() => {
  host = new EventEmitter();
  deaths = [];
  for (const method of ['on', 'off', 'listeners', 'listenerCount'] as const) {
    const real = process[method].bind(process) as (...args: unknown[]) => unknown;
    const fake = host[method].bind(host) as (...args: unknown[]) => unknown;
    // Only what is about the end: the runner listens to its worker by the same process.
    vi.spyOn(process, method as 'on').mockImplementation(((name: string, ...rest: unknown[]) =>
      name === 'exit' || SIGNALS.includes(name)
        ? fake(name, ...rest)
        : real(name, ...rest)) as never);
  }
  vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    expect(pid).toBe(process.pid);
    if (host.listenerCount(signal as string) === 0) deaths.push(signal as string);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

/** The module, evaluated anew: as a runner does that inlines what it imports. */
async function copy(): Promise<(cleanUp: () => void) => () => void> {
  vi.resetModules();
  return (await import('./exit.ts')).cleanUpOnExit;
}

describe.each(SIGNALS)('%s', (signal) => {
  test('in a host without listeners: cleaned up, then it dies of the same signal', async () => {
    const cleanUp = vi.fn(() => expect(deaths).toEqual([]));
    (await copy())(cleanUp);
    host.emit(signal, signal);
    expect(cleanUp).toHaveBeenCalledTimes(1);
    expect(deaths).toEqual([signal]);
  });

  test('in a host with a listener of its own: the host decides, and clean-up waits for the exit', async () => {
    const cleanUp = vi.fn();
    (await copy())(cleanUp);
    const decide = vi.fn();
    host.on(signal, decide);
    host.emit(signal, signal);
    expect(decide).toHaveBeenCalledTimes(1);
    expect([cleanUp.mock.calls.length, deaths]).toEqual([0, []]);
    host.emit('exit', 0);
    expect(cleanUp).toHaveBeenCalledTimes(1);
  });

  test('where this package is there twice: neither copy takes the other for the host, and it still dies', async () => {
    const [first, second] = [vi.fn(), vi.fn()];
    (await copy())(first);
    (await copy())(second);
    host.emit(signal, signal);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
    expect(deaths).toEqual([signal]);
  });
});

describe('in a host with the package signal-exit, which waits for others as we do', () => {
  /** As its versions do, as far as a listener goes; `counted` is where they keep their count. */
  function signalExit(counted: object, name: PropertyKey): () => void {
    const emitter = { count: 1 };
    Object.defineProperty(counted, name, { value: emitter, configurable: true });
    const listener = () => {
      if (host.listenerCount('SIGTERM') !== emitter.count) return;
      host.off('SIGTERM', listener);
      process.kill(process.pid, 'SIGTERM');
    };
    host.on('SIGTERM', listener);
    return () => Reflect.deleteProperty(counted, name);
  }

  /** Signals that are raised while somebody listens are heard, as they are in a process. */
  function deliver(): void {
    vi.mocked(process.kill).mockImplementation((_, signal) => {
      if (host.listenerCount('SIGTERM') === 0) deaths.push(signal as string);
      else host.emit('SIGTERM', signal);
      return true;
    });
  }

  test.each([
    ['3, before us', process, '__signal_exit_emitter__', true],
    ['3, after us', process, '__signal_exit_emitter__', false],
    ['4, before us', globalThis, Symbol.for('signal-exit emitter'), true],
    ['4, after us', globalThis, Symbol.for('signal-exit emitter'), false],
  ])('version %s: cleaned up, and it dies of the signal', async (_, counted, name, first) => {
    const cleanUp = vi.fn();
    deliver();
    let forget = first ? signalExit(counted, name) : () => {};
    (await copy())(cleanUp);
    if (!first) forget = signalExit(counted, name);
    host.emit('SIGTERM', 'SIGTERM');
    forget();
    expect(cleanUp).toHaveBeenCalledTimes(1);
    expect(new Set(deaths)).toEqual(new Set(['SIGTERM']));
  });

  test('and with a listener of its own beside: the host decides', async () => {
    const cleanUp = vi.fn();
    deliver();
    const forget = signalExit(process, '__signal_exit_emitter__');
    (await copy())(cleanUp);
    host.on('SIGTERM', () => {});
    host.emit('SIGTERM', 'SIGTERM');
    forget();
    expect([cleanUp.mock.calls.length, deaths]).toEqual([0, []]);
  });
});

describe('what takes its time', () => {
  const turn = () => new Promise(setImmediate);
  const start = async (farewell: () => Promise<unknown> | undefined) => {
    const order: string[] = [];
    const cleanUpOnExit = (await copy()) as typeof CleanUpOnExit;
    cleanUpOnExit(
      () => order.push('clean-up'),
      () => {
        order.push('farewell');
        return farewell();
      },
    );
    return order;
  };

  test('comes before the clean-up, and death after both', async () => {
    let end = () => {};
    const order = await start(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    host.emit('SIGINT', 'SIGINT');
    await turn();
    expect([order, deaths]).toEqual([['farewell'], []]);
    end();
    await turn();
    expect([order, deaths]).toEqual([['farewell', 'clean-up'], ['SIGINT']]);
  });

  test('is cut short by a second signal, and death comes once', async () => {
    let end = () => {};
    const order = await start(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    host.emit('SIGINT', 'SIGINT');
    host.emit('SIGINT', 'SIGINT');
    expect([order, deaths]).toEqual([['farewell', 'clean-up'], ['SIGINT']]);
    end();
    await turn();
    expect(deaths).toEqual(['SIGINT']);
  });

  test('has five seconds, and fails in vain', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    await start(() => new Promise(() => {}));
    await start(() => Promise.reject(new Error('no')));
    host.emit('SIGTERM', 'SIGTERM');
    await turn();
    expect(deaths).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(deaths).toEqual(['SIGTERM']);
    vi.useRealTimers();
  });
});

test('all that is to be cleaned up is, once, at the exit', async () => {
  const cleanUpOnExit = await copy();
  const cleanUps = [vi.fn(), vi.fn()];
  for (const cleanUp of cleanUps) cleanUpOnExit(cleanUp);
  host.emit('exit', 0);
  host.emit('exit', 0);
  expect(cleanUps.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

test('what was taken back is not run, and with the last of it no listener is left', async () => {
  const cleanUpOnExit = await copy();
  const cleanUps = [vi.fn(), vi.fn()];
  const [first, second] = cleanUps.map((cleanUp) => cleanUpOnExit(cleanUp));
  first!();
  host.emit('exit', 0);
  expect(cleanUps.map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
  second!();
  second!();
  expect(host.eventNames()).toEqual([]);
});

test('listeners are there once, however many brokers there are, and come back with the next', async () => {
  const cleanUpOnExit = await copy();
  for (let round = 0; round < 2; round++) {
    const forgets = Array.from({ length: 20 }, () => cleanUpOnExit(() => {}));
    expect(['exit', ...SIGNALS].map((name) => host.listenerCount(name))).toEqual([1, 1, 1, 1]);
    for (const forget of forgets) forget();
    expect(host.eventNames()).toEqual([]);
  }
});

test('what is taken back during the clean-up itself does no harm', async () => {
  const cleanUpOnExit = await copy();
  const after = vi.fn();
  const forget = cleanUpOnExit(() => forget());
  cleanUpOnExit(after);
  host.emit('SIGTERM', 'SIGTERM');
  expect([after.mock.calls.length, deaths]).toEqual([1, ['SIGTERM']]);
});
