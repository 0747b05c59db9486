// The shop's pages, in a process of its own. `node server.mjs` prints its address.
import { createServer } from 'node:http';
import { BOOKS, Refusal, Shop } from './shop.mjs';

/** @typedef {import('./shop.mjs').Session} Session */
/** @typedef {{ html?: string, to?: string, cookie?: string, status?: number }} Answer */

const shop = new Shop();
const euros = (/** @type {number} */ cents) => `${(cents / 100).toFixed(2)} €`;

/** @type {(title: string, body: string) => string} */
const page = (title, body) =>
  `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}</html>`;

/** @type {(items: string[]) => string} */
const list = (items) => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;

/** @type {(action: string, button: string, fields?: string) => string} */
const form = (action, button, fields = '') =>
  `<form method="post" action="${action}">${fields}<button>${button}</button></form>`;

const name = '<label>Name <input name="name"></label>';
const password = '<label>Password <input name="password" type="password"></label>';

const PAGES = {
  login: () => page('Log in', form('/login', 'Log in', name + password)),

  books: (/** @type {Session} */ { customer }) => {
    const books = BOOKS.map(({ book, title, cents }) => {
      return `${title}, ${euros(cents)} ${form(`/cart/${book}`, `Add ${title}`)}`;
    });
    return page(`Hello, ${customer.name}`, list(books) + form('/logout', 'Log out'));
  },

  cart: (/** @type {Session} */ session) => {
    const total = `<p>Total: ${euros(shop.total(session))}</p>`;
    const lines = list(session.cart.map(({ title }) => title));
    return page('Cart', lines + total + form('/buy', 'Buy', password));
  },

  orders: (/** @type {Session} */ { customer }) =>
    page('Orders', list(customer.orders.map(({ cents }) => `${euros(cents)}, paid`))),
};

/** @param {import('node:http').IncomingMessage} request @returns {Promise<Answer>} */
async function answer(request) {
  const [, place, id = ''] = (request.url ?? '/').split('/');
  let text = '';
  for await (const chunk of request) text += chunk;
  const fields = new URLSearchParams(text);
  const field = (/** @type {string} */ name) => fields.get(name) ?? '';
  const session = () => shop.session(/\bsid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]);
  switch (`${request.method} /${place}`) {
    case 'GET /':
      return { html: PAGES.books(session()) };
    case 'GET /cart':
      return { html: PAGES.cart(session()) };
    case 'GET /orders':
      return { html: PAGES.orders(session()) };
    case 'GET /login':
      return { html: PAGES.login() };
    case 'GET /logins':
      return { html: String(shop.logins) };
    case 'POST /login': {
      const { id } = shop.login(field('name'), field('password'));
      return { to: '/', cookie: `sid=${id}; HttpOnly; SameSite=Lax; Path=/` };
    }
    case 'POST /logout':
      shop.logout(session());
      return { to: '/login', cookie: 'sid=; Max-Age=0; Path=/' };
    case 'POST /cart':
      shop.add(session(), id);
      return { to: '/cart' };
    case 'POST /buy':
      shop.buy(session(), field('password'));
      return { to: '/orders' };
    default:
      throw new Refusal(404, 'no such page');
  }
}

/** @param {unknown} error @returns {Answer} */
function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  return { status: error.status, html: page('Sorry', `<p role="alert">${error.message}</p>`) };
}

const server = createServer(async (request, response) => {
  const { html, to, cookie, status = 200 } = await answer(request).catch(refused);
  if (cookie) response.setHeader('set-cookie', cookie);
  if (to) response.setHeader('location', to);
  response.writeHead(to ? 303 : status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(html);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  if (process.send) process.send({ url });
  else console.log(`The shop is open at ${url}`);
});
// Started by the test run: it never outlives it.
process.on('disconnect', () => process.exit());
