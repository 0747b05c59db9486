import { connect, type Socket } from 'node:net';
import { BrokerError, brokerGone } from '../protocol/errors.ts';
import { UNRESPONSIVE_MS } from '../protocol/limits.ts';
import { now, setTimer } from './real-time.ts';

/** First pause after a full backlog; it doubles, and is drawn at random so that a herd spreads out. */
const BACKOFF_MS = 5;

/** What is read into, over and over: a fresh buffer for every read costs a few percent of a round trip. */
const READ_BYTES = 65_536;

/**
 * Opens a socket to a broker; `data` gets a view of a buffer that is reused after it returns.
 *
 * A full backlog (EAGAIN: a herd of workers, or a stopped broker) is tried again until
 * `UNRESPONSIVE_MS` have passed.
 *
 * @throws BrokerError `broker_gone` where nobody listens, `bad_address` where it may not be reached,
 * `broker_unresponsive`.
 */
export async function dial(pipe: string, data: (chunk: Buffer) => void): Promise<Socket> {
  const giveUp = now() + UNRESPONSIVE_MS;
  for (let pause = BACKOFF_MS; ; pause = Math.min(2 * pause, 500)) {
    try {
      return await attempt(pipe, data);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') throw refusal(pipe, code ?? 'unknown');
      if (now() > giveUp) throw unresponsive(pipe);
      await new Promise<void>((resolve) => setTimer(resolve, pause * (0.5 + Math.random())));
    }
  }
}

function attempt(pipe: string, data: (chunk: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (bytes: number) => {
      data(buffer.subarray(0, bytes));
      return true;
    };
    const socket = connect({ path: pipe, onread: { buffer, callback } });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function refusal(pipe: string, code: string): BrokerError {
  if (
    code === 'ENOENT' ||
    code === 'ECONNREFUSED' ||
    code === 'ENOTSOCK' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE'
  ) {
    return brokerGone(
      pipe,
      `${code}: nobody listens there; if EPHEMERAL_PIPE is left from an earlier run, unset it`,
    );
  }
  return new BrokerError(
    'bad_address',
    `The broker at ${pipe} cannot be reached: ${code}.${code === 'EACCES' || code === 'EPERM' ? ' It belongs to another user, or runs with other rights.' : ''}`,
    { pipe, code },
  );
}

export const unresponsive = (pipe: string): BrokerError =>
  new BrokerError(
    'broker_unresponsive',
    `The broker at ${pipe} has not answered for ${UNRESPONSIVE_MS / 1_000} s beyond the wait asked for: its process is stopped, or its event loop is blocked.`,
    { pipe },
  );
