// The least that an NDJSON broker in Node can be: a Map, a FIFO queue for the lock, one write per
// message. No authentication, TTL, limits or errors.
import net from 'node:net';

export const clientModule = import.meta.url;

const perMessage = (socket) => (line) => socket.write(line);

export const { startServer, connect } = floor(perMessage);

/** `writer(socket)` gives the function that sends a line: the floors differ in nothing else. */
export function floor(writer) {
  return {
    async startServer(dir) {
      const address = `${dir}/floor.sock`;
      const values = new Map();
      const locks = new Map();
      const server = net.createServer((socket) => {
        const write = writer(socket);
        const reply = (message) => write(`${JSON.stringify(message)}\n`);
        onLines(socket, ({ id, action, key, value }) => {
          switch (action) {
            case 'get':
              return reply({ id, ok: true, value: values.get(key) });
            case 'set':
              values.set(key, value);
              return reply({ id, ok: true });
            case 'lock': {
              const queue = locks.get(key);
              if (queue) return queue.push(() => reply({ id, ok: true }));
              locks.set(key, []);
              return reply({ id, ok: true });
            }
            case 'unlock': {
              reply({ id, ok: true });
              const grant = locks.get(key).shift();
              return grant ? grant() : locks.delete(key);
            }
          }
        });
      });
      await new Promise((resolve) => server.listen(address, resolve));
      return { address, stop() {} };
    },

    async connect(address) {
      const socket = net.connect(address);
      const write = writer(socket);
      const waiting = new Map();
      let lastId = 0;
      onLines(socket, ({ id, value }) => {
        const resolve = waiting.get(id);
        waiting.delete(id);
        resolve(value);
      });
      const request = (message) =>
        new Promise((resolve) => {
          message.id = ++lastId;
          waiting.set(lastId, resolve);
          write(`${JSON.stringify(message)}\n`);
        });
      return {
        get: (key) => request({ action: 'get', key }),
        set: (key, value) => request({ action: 'set', key, value }),
        async lock(key) {
          await request({ action: 'lock', key });
          return () => request({ action: 'unlock', key });
        },
      };
    },
  };
}

function onLines(socket, take) {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) take(JSON.parse(line));
  });
  socket.on('error', () => {});
}
