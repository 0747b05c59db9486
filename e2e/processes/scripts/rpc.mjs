/** Does what the parent asks for by name, and ends with the parent. */
export function serve(handlers) {
  const known = { ready: () => {}, ...handlers };
  process.on('message', async ({ id, name, args }) => {
    try {
      reply({ id, value: await known[name](...args) });
    } catch (error) {
      reply({ id, code: error.code ?? error.name, message: error.message });
    }
  });
  process.on('disconnect', () => process.exit());
}

function reply(message) {
  if (process.connected) process.send(message, () => {});
}
