// A redis-server of the bench's own: a UNIX socket, nothing on disk, no TCP port.
// Loads nothing that a client would not load: connect costs are measured through importers of this file.
import net from 'node:net';

export async function startRedis(dir) {
  const { spawn } = await import('node:child_process');
  const address = `${dir}/redis.sock`;
  const options = ['--port', '0', '--unixsocket', address, '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', options, { stdio: 'ignore' });
  const died = new Promise((_, reject) => {
    server.on('error', () =>
      reject(new Error('redis-server is missing (apt-get install redis-server)')),
    );
    server.on('exit', (code) => reject(new Error(`redis-server exited with ${code}`)));
  });
  died.catch(() => {});
  process.once('exit', () => server.kill());
  // The token of the BLPOP lock: whoever pops it holds the lock, and pushes it back.
  await Promise.race([died, command(address, 'RPUSH lock 1\r\n')]);
  const gone = new Promise((resolve) => server.once('exit', resolve));
  return { address, stop: () => server.kill() && gone };
}

/** Sends an inline command, again until the server is up. */
async function command(address, line) {
  for (;;) {
    const sent = await new Promise((resolve) => {
      const socket = net.connect(address, () => socket.write(line));
      socket.once('data', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => resolve(false)).once('data', () => socket.destroy());
    });
    if (sent) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
