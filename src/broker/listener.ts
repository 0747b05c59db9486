import { createServer, type Server, type Socket } from 'node:net';
import { BrokerError, stopping } from '../protocol/errors.ts';
import { DRAIN_MS, type Limits } from '../protocol/limits.ts';
import { errorLine } from '../protocol/messages.ts';

/** Connections that may wait to be accepted. Node's 511 loses connects when a large run starts all its workers at once. */
const BACKLOG = 4_096;
/** Of those turned away so many get the time to hear why; where more come at once they are cut off. */
const MAX_TURNED_AWAY = 1_024;

/** Accepts connections at a pipe. Keeps no process alive. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #turnedAway = new Set<Socket>();
  #draining = false;

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
        if (listener.#draining) return listener.#turnAway(socket, stopping());
        if (listener.#sockets.size >= limits.maxConnections) {
          return listener.#turnAway(socket, full(limits));
        }
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

  /** Takes no new connections. Resolves when none is left. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const socket of this.#sockets) {
      await new Promise((resolve) => (socket.closed ? resolve(0) : socket.once('close', resolve)));
    }
  }

  /** Closes all connections, then the pipe. In this order: on Windows new connects would hang otherwise. */
  close(): void {
    for (const sockets of [this.#sockets, this.#turnedAway]) {
      for (const socket of sockets) socket.destroy();
    }
    this.#server.close();
  }

  /** Keeps the process alive as long as the listener is open. */
  ref(): void {
    this.#server.ref();
  }

  /** Not closed before its hello has come: to write to a closed socket is an error, in which the reason would be lost. */
  #turnAway(socket: Socket, error: BrokerError): void {
    socket.on('error', () => {});
    socket.resume();
    if (this.#turnedAway.size >= MAX_TURNED_AWAY) {
      socket.end(errorLine(undefined, error), () => socket.destroy());
      return;
    }
    this.#turnedAway.add(socket);
    socket.end(errorLine(undefined, error));
    const timer = setTimeout(() => socket.destroy(), DRAIN_MS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      this.#turnedAway.delete(socket);
    });
  }
}

const full = ({ maxConnections }: Limits): BrokerError =>
  new BrokerError(
    'too_many',
    `${maxConnections} connections are open already (limit maxConnections).`,
    { maxConnections },
  );
