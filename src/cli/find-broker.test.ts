import { describe, expect, test } from 'vitest';
import type { RunningBroker } from '../broker/running.ts';
import { findBroker } from './find-broker.ts';

const broker = (pid: number): RunningBroker => ({
  pid,
  cwd: `/work/${pid}`,
  startedAt: pid * 1_000,
  address: { pipe: `/run/${pid}/s`, secret: `secret of ${pid}` },
});

const find = (options: { pipe?: string; env?: NodeJS.ProcessEnv; running?: number[] }) =>
  findBroker(options.pipe, options.env ?? {}, async () => (options.running ?? []).map(broker));

const refusal = (options: Parameters<typeof find>[0]) =>
  find(options).then(
    () => expect.unreachable('it should have been refused'),
    ({ code, message }) => ({ code, message }),
  );

describe('the broker is', () => {
  const env = { EPHEMERAL_PIPE: '/elsewhere', EPHEMERAL_SECRET: 'of its own' };

  test('the one that the environment names, whatever runs', async () => {
    const named = { pipe: '/elsewhere', secret: 'of its own' };
    expect(await find({ env, running: [1, 2] })).toEqual(named);
    expect(await find({ env, pipe: '/elsewhere', running: [1, 2] })).toEqual(named);
  });

  test('the one that --pipe names, with its own secret, whatever the environment says', async () => {
    const { address } = broker(2);
    expect(await find({ pipe: '/run/2/s', running: [1, 2] })).toEqual(address);
    expect(await find({ pipe: '/run/2/s', running: [1, 2], env })).toEqual(address);
  });

  test('the one that runs', async () => {
    expect(await find({ running: [7] })).toEqual(broker(7).address);
  });
});

describe('there is an error', () => {
  test('where none runs', async () => {
    const { code, message } = await refusal({});
    expect(code).toBe('no_broker');
    expect(message).toContain('ephemeral-broker run');
  });

  test('where several run: with the process, place, and start of each, and no secret', async () => {
    const { code, message } = await refusal({ running: [1, 2] });
    expect(code).toBe('several_brokers');
    expect(message).toBe(
      [
        '2 brokers of yours run, and EPHEMERAL_PIPE names none. Say which one with --pipe PATH:',
        '  /run/1/s',
        '    pid 1 in /work/1, since 1970-01-01T00:00:01.000Z',
        '  /run/2/s',
        '    pid 2 in /work/2, since 1970-01-01T00:00:02.000Z',
      ].join('\n'),
    );
  });

  test('where none runs at the --pipe: with those that do', async () => {
    const { code, message } = await refusal({ pipe: '/run/3/s', running: [1] });
    expect(code).toBe('no_broker');
    expect(message).toContain('/run/1/s');
    expect(await refusal({ pipe: '/run/3/s' })).toMatchObject({ code: 'no_broker' });
  });

  test('that lists no more than a screen of them', async () => {
    const running = Array.from({ length: 30 }, (_, i) => i + 1);
    const { message } = await refusal({ running });
    expect(message.split('\n')).toHaveLength(42);
    expect(message).toMatch(/and 10 more$/);
  });
});
