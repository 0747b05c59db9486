import { connect } from 'node:net';

/** A dead broker's socket refuses at once; what takes longer has not refused. */
const MAX_CONNECT_MS = 250;

/** Whether nobody listens there, said by the system and not for lack of an answer. */
export function refusesConnect(pipe: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(pipe).unref();
    const timer = setTimeout(() => settle(false), MAX_CONNECT_MS).unref();
    const settle = (refused: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => settle(false));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ECONNREFUSED' || error.code === 'ENOENT'),
    );
  });
}
