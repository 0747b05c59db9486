// The shop over HTTP, in a process of its own. `node server.mjs` prints its address.
import { createServer } from 'node:http';
import { accounts } from './accounts.mjs';
import { Refusal, Shop } from './shop.mjs';

const MAX_BODY_BYTES = 16_384;

/**
 * @typedef {object} Call
 * @property {any} body
 * @property {URLSearchParams} query
 * @property {string} id The last part of the path, where the route has `:id`.
 * @property {string} device
 * @property {import('./shop.mjs').Session} session Throws where nobody is logged in.
 * @property {(value: string) => void} setCookie
 */

/** @type {(shop: Shop) => Record<string, (call: Call) => unknown>} */
const routesOf = (shop) => ({
  'POST /login': async ({ body, device, setCookie }) => {
    const session = await shop.login(String(body.name), String(body.password), device);
    setCookie(`sid=${session.id}; HttpOnly; SameSite=Strict; Path=/`);
    return { name: session.customer.name };
  },
  'POST /logout': ({ session, setCookie }) => {
    shop.logout(session);
    setCookie('sid=; Max-Age=0; Path=/');
  },
  'GET /books': ({ query }) => shop.books(query.get('search') ?? ''),
  'GET /cart': ({ session }) => shop.cart(session),
  'DELETE /cart': ({ session }) => shop.empty(session),
  'PUT /cart/:id': ({ session, id, body }) => shop.put(session, id, body.quantity),
  'POST /voucher': ({ session, body }) => shop.redeem(session, body.code),
  'POST /shipping': ({ session, body }) => shop.ship(session, body.speed),
  'POST /checkout': ({ session, body }) => shop.checkOut(session, String(body.password)),
  'GET /orders': ({ session }) => session.customer.orders,
  'GET /orders/:id': ({ session, id }) => shop.order(session, id),
  'DELETE /orders/:id': ({ session, id }) => shop.cancel(session, id),
});

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Refusal(413, 'too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(bytes === 0 ? '{}' : Buffer.concat(chunks).toString()) ?? {};
  } catch {
    throw new Refusal(400, 'not JSON');
  }
}

/**
 * @param {Shop} shop
 * @returns {import('node:http').RequestListener}
 */
function listener(shop) {
  const routes = routesOf(shop);
  return async (request, response) => {
    /** @type {(status: number, body: unknown) => void} */
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop');
      const [, place, id = ''] = pathname.split('/');
      const route = routes[`${request.method} /${place}${id && '/:id'}`];
      if (!route) throw new Refusal(404, 'no such page');
      const value = await route({
        body: await bodyOf(request),
        query: searchParams,
        id,
        device: request.headers['user-agent'] ?? 'an unknown device',
        get session() {
          return shop.session(/\bsid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]);
        },
        setCookie: (cookie) => response.setHeader('set-cookie', cookie),
      });
      answer(200, value ?? {});
    } catch (error) {
      if (error instanceof Refusal) {
        answer(error.status, { error: error.message, ...error.details });
      } else {
        console.error(error);
        answer(500, { error: 'internal error' });
      }
    }
  };
}

const shop = new Shop();
await Promise.all(accounts.map(({ name, password }) => shop.addCustomer(name, password)));
const server = createServer(listener(shop));
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  if (process.send) process.send({ url });
  else console.log(`The shop is open at ${url}`);
});
// Started by the test run: it never outlives it.
process.on('disconnect', () => process.exit());
