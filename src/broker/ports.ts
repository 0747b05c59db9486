import { createServer } from 'node:net';

/** Each of these can be taken while the others are free, depending on the system. */
const HOSTS = ['127.0.0.1', '::1', '0.0.0.0', '::'];
/** The host lacks this family of addresses: nobody can be there. */
const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** Whether a TCP port can be listened on, on loopback and on all addresses, found out by doing it. */
export async function portIsFree(port: number): Promise<boolean> {
  for (const host of HOSTS) if (!(await canListen(port, host))) return false;
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(ABSENT.has(error.code ?? '')));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
