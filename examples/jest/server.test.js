const { once } = require('node:events');
const { createServer } = require('node:http');

// Each on a port that no other worker has.
test.each(['/', '/books', '/about'])('serves %s', async (page) => {
  await broker.withLease('ports', async (port) => {
    const server = createServer((request, response) => response.end(`page ${request.url}`));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const response = await fetch(`http://127.0.0.1:${port}${page}`);
    expect(await response.text()).toBe(`page ${page}`);
    server.closeAllConnections();
    server.close();
  });
});
