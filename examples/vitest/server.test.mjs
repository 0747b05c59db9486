import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect } from 'vitest';
import { test } from './fixtures.mjs';

// Each on a port that no other worker has.
for (const page of ['/', '/books', '/about']) {
  test(`serves ${page}`, async ({ port }) => {
    const server = createServer((request, response) => response.end(`page ${request.url}`));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const response = await fetch(`http://127.0.0.1:${port}${page}`);
    expect(await response.text()).toBe(`page ${page}`);
    server.closeAllConnections();
    server.close();
  });
}
