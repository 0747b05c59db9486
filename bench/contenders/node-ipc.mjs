// node-ipc has neither values nor locks: a Map and a queue of ours on its messages.
import { IPCModule } from 'node-ipc';

export const clientModule = 'node-ipc';

export async function startServer(dir) {
  const ipc = quiet();
  const address = `${dir}/node-ipc.sock`;
  const values = new Map();
  const queue = [];
  let held = false;
  await new Promise((resolve) => {
    ipc.serve(address, resolve);
    const { server } = ipc;
    server.on('get', ({ id, key }, socket) =>
      server.emit(socket, 'reply', { id, value: values.get(key) }),
    );
    server.on('set', ({ id, key, value }, socket) => {
      values.set(key, value);
      server.emit(socket, 'reply', { id });
    });
    server.on('lock', ({ id }, socket) => {
      if (held) return queue.push(() => server.emit(socket, 'reply', { id }));
      held = true;
      server.emit(socket, 'reply', { id });
    });
    server.on('unlock', ({ id }, socket) => {
      server.emit(socket, 'reply', { id });
      const grant = queue.shift();
      if (grant) grant();
      else held = false;
    });
    server.start();
  });
  return { address, stop() {} };
}

export async function connect(address) {
  const ipc = quiet();
  await new Promise((resolve) => {
    ipc.connectTo('server', address, () => ipc.of.server.on('connect', resolve));
  });
  const { server } = ipc.of;
  const waiting = new Map();
  let lastId = 0;
  server.on('reply', ({ id, value }) => {
    const resolve = waiting.get(id);
    waiting.delete(id);
    resolve(value);
  });
  const request = (type, message) =>
    new Promise((resolve) => {
      message.id = ++lastId;
      waiting.set(lastId, resolve);
      server.emit(type, message);
    });
  return {
    get: (key) => request('get', { key }),
    set: (key, value) => request('set', { key, value }),
    async lock() {
      await request('lock', {});
      return () => request('unlock', {});
    },
  };
}

function quiet() {
  const ipc = new IPCModule();
  ipc.config.silent = true;
  return ipc;
}
