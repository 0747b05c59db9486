import { createServer } from 'node:net';

/** The host lacks this family of addresses: nobody can be there. */
const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Whether a TCP port can be listened on, on each of these addresses, found out by doing it. Each can
 * be taken while the others are free, depending on the system.
 */
export async function portIsFree(port: number, hosts: readonly string[]): Promise<boolean> {
  for (const host of hosts) if (!(await canListen(port, host))) return false;
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(ABSENT.has(error.code ?? '')));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
