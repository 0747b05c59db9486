import { createServer, type Server, type Socket } from 'node:net';
import { BrokerError } from '../protocol/errors.ts';
import type { Limits } from '../protocol/limits.ts';
import { errorLine } from '../protocol/messages.ts';

/** Connections that may wait to be accepted. Node's 511 loses connects when a large run starts all its workers at once. */
const BACKLOG = 4_096;

/** Accepts connections at a pipe. Keeps no process alive. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws Error of the system, where nobody can listen there. */
  static listen(path: string, limits: Limits, accept: (socket: Socket) => void): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      const listener = new Listener(server);
      server.on('connection', (socket) => {
        socket.unref();
        if (listener.#sockets.size >= limits.maxConnections) return turnAway(socket, limits);
        listener.#sockets.add(socket);
        socket.once('close', () => listener.#sockets.delete(socket));
        accept(socket);
      });
      server.once('error', reject);
      server.listen({ path, backlog: BACKLOG }, () => {
        server.off('error', reject);
        // What goes wrong later goes wrong for one connection, and is told there.
        server.on('error', () => {});
        resolve(listener);
      });
      server.unref();
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Resolves when no connection is left. */
  async empty(): Promise<void> {
    for (const socket of this.#sockets) {
      await new Promise((resolve) => (socket.closed ? resolve(0) : socket.once('close', resolve)));
    }
  }

  /** Closes all connections, then the pipe. In this order: on Windows new connects would hang otherwise. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  /** Keeps the process alive as long as the listener is open. */
  ref(): void {
    this.#server.ref();
  }
}

function turnAway(socket: Socket, { maxConnections }: Limits): void {
  const error = new BrokerError(
    'too_many',
    `${maxConnections} connections are open already (limit maxConnections).`,
    { maxConnections },
  );
  socket.on('error', () => {});
  socket.end(errorLine(undefined, error), () => socket.destroy());
}
