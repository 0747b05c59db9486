import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UNRESPONSIVE_MS } from '../protocol/limits.ts';
import { dial } from './dial.ts';

vi.mock('node:net', async (actual) => {
  const real = await actual<typeof net>();
  return { ...real, connect: vi.fn(real.connect) };
});
// As it is, but under the hands of fake timers.
vi.mock('./real-time.ts', () => ({
  now: () => performance.now(),
  setTimer: (callback: () => void, ms: number) => setTimeout(callback, ms),
}));

let directory: string;
let pipe: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  pipe =
    process.platform === 'win32'
      ? `\\\\.\\pipe\\${directory.replaceAll(/\W/g, '-')}`
      : join(directory, 's');
});
afterEach(() => {
  vi.useRealTimers();
  vi.mocked(net.connect).mockClear();
  vi.mocked(net.connect).mockRestore();
  rmSync(directory, { recursive: true, force: true });
});

const attempts = () => vi.mocked(net.connect).mock.calls.length;

/** The next `times` connects fail so, however they are tried. */
function failConnect(code: string, times = Number.POSITIVE_INFINITY): void {
  const { connect } = net;
  const real = vi.mocked(connect).getMockImplementation()!;
  let left = times;
  vi.mocked(connect).mockImplementation(((...args: Parameters<typeof real>) => {
    if (left-- <= 0) return real(...args);
    const socket = new net.Socket();
    process.nextTick(() => socket.destroy(Object.assign(new Error(code), { code })));
    return socket;
  }) as typeof connect);
}

const ignore = () => {};

describe('a broker that is there', () => {
  test('is reached, and what it sends comes in a buffer that is reused', async () => {
    const server = net.createServer((socket) => socket.write('hello'));
    server.listen(pipe);
    await once(server, 'listening');
    const texts: string[] = [];
    const buffers = new Set<ArrayBufferLike>();
    const socket = await dial(pipe, (chunk) => {
      texts.push(String(chunk));
      buffers.add(chunk.buffer);
      if (texts.length < 3) socket.write('more');
    });
    server.on('connection', ignore);
    await vi.waitFor(() => expect(texts.join('')).toBe('hello'));
    expect(buffers.size).toBe(1);
    socket.destroy();
    server.close();
  });

  test('with a full backlog is tried again, and nobody hears of it', async () => {
    const server = net.createServer();
    server.listen(pipe);
    await once(server, 'listening');
    failConnect('EAGAIN', 3);
    const socket = await dial(pipe, ignore);
    expect(attempts()).toBe(4);
    socket.destroy();
    server.close();
  });

  test('whose backlog stays full is unresponsive in the end, and not before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    failConnect('EAGAIN');
    let error: unknown;
    dial(pipe, ignore).catch((thrown) => {
      error = thrown;
    });
    await vi.advanceTimersByTimeAsync(UNRESPONSIVE_MS - 1_000);
    expect(error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(error).toMatchObject({ code: 'broker_unresponsive', details: { pipe } });
    // Pauses grow to half a second: a herd that is stuck does not spin.
    expect(attempts()).toBeGreaterThan(50);
    expect(attempts()).toBeLessThan(200);
  });
});

describe('where nobody listens', () => {
  test.each(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'])(
    '%s: the broker is gone, at the first try',
    async (code) => {
      failConnect(code);
      await expect(dial(pipe, ignore)).rejects.toMatchObject({
        code: 'broker_gone',
        message: expect.stringContaining(code),
        details: { pipe },
      });
      expect(attempts()).toBe(1);
    },
  );

  test.skipIf(process.platform === 'win32')(
    'the real refusals of the system say so, and nothing is removed',
    async () => {
      await expect(dial(pipe, ignore)).rejects.toMatchObject({ code: 'broker_gone' });
      writeFileSync(pipe, '');
      await expect(dial(pipe, ignore)).rejects.toMatchObject({ code: 'broker_gone' });
      expect(() => rmSync(pipe)).not.toThrow();
      mkdirSync(pipe);
      await expect(dial(pipe, ignore)).rejects.toMatchObject({
        code: expect.stringMatching(/^(broker_gone|bad_address)$/),
      });
    },
  );
});

test.each([
  ['EACCES', 'another user'],
  ['EPERM', 'another user'],
  ['EINVAL', 'EINVAL'],
  ['EMFILE', 'EMFILE'],
])('%s is no proof of a dead broker: it is told as what it is', async (code, hint) => {
  failConnect(code);
  await expect(dial(pipe, ignore)).rejects.toMatchObject({
    code: 'bad_address',
    message: expect.stringContaining(hint),
    details: { pipe, code },
  });
});
