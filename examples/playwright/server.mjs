// The shop's pages, in a process of its own. `node server.mjs` prints its address.
import { createServer } from 'node:http';
import { accounts } from '../shop/accounts.mjs';
import { Refusal, Shop } from '../shop/shop.mjs';

/** @typedef {import('../shop/shop.mjs').Session} Session */

const euros = (/** @type {number} */ cents) => `${(cents / 100).toFixed(2)} €`;

/** @type {(title: string, body: string) => string} */
const page = (title, body) =>
  `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}</html>`;

/** @type {(action: string, button: string, fields?: string) => string} */
const form = (action, button, fields = '') =>
  `<form method="post" action="${action}">${fields}<button>${button}</button></form>`;

const password = '<label>Password <input name="password" type="password"></label>';
const loginPage = page(
  'Log in',
  form('/login', 'Log in', `<label>Name <input name="name"></label>${password}`),
);

/** @type {(shop: Shop, name: string) => string} */
const booksPage = (shop, name) => {
  const books = shop.books().map(({ id, title, cents }) => {
    return `<li>${title}, ${euros(cents)} ${form(`/cart/${id}`, `Add ${title}`)}</li>`;
  });
  const links = `<a href="/cart">Cart</a> <a href="/orders">Orders</a>`;
  return page(`Hello, ${name}`, `<ul>${books.join('')}</ul>${links}${form('/logout', 'Log out')}`);
};

/** @type {(shop: Shop, session: Session) => string} */
const cartPage = (shop, session) => {
  const { lines, totalCents } = shop.cart(session);
  const rows = lines.map(({ title, quantity }) => `<li>${quantity} × ${title}</li>`);
  const total = `<p>Total: ${euros(totalCents)}</p>`;
  return page('Cart', `<ul>${rows.join('')}</ul>${total}${form('/checkout', 'Buy', password)}`);
};

/** @type {(session: Session) => string} */
const ordersPage = ({ customer }) => {
  const rows = customer.orders.map(({ id, totalCents, status }) => {
    return `<li id="${id}">${euros(totalCents)}, ${status}</li>`;
  });
  return page('Orders', `<ul>${rows.join('')}</ul>`);
};

let logins = 0;
const shop = new Shop();
await Promise.all(accounts.map(({ name, password }) => shop.addCustomer(name, password)));

/** @typedef {{ html?: string, to?: string, cookie?: string, status?: number }} Answer */

/** @param {import('node:http').IncomingMessage} request @returns {Promise<Answer>} */
async function answer(request) {
  const [, place, id = ''] = (request.url ?? '/').split('/');
  const fields = new URLSearchParams(await textOf(request));
  const session = () => shop.session(/\bsid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]);
  const field = (/** @type {string} */ name) => fields.get(name) ?? '';
  switch (`${request.method} /${place}`) {
    case 'GET /logins':
      return { html: String(logins) };
    case 'GET /login':
      return { html: loginPage };
    case 'POST /login': {
      const { id } = await shop.login(field('name'), field('password'), 'a browser');
      logins++;
      return { to: '/', cookie: `sid=${id}; HttpOnly; SameSite=Lax; Path=/` };
    }
    case 'POST /logout':
      shop.logout(session());
      return { to: '/login', cookie: 'sid=; Max-Age=0; Path=/' };
    case 'GET /':
      return { html: booksPage(shop, session().customer.name) };
    case 'GET /cart':
      return { html: cartPage(shop, session()) };
    case 'POST /cart': {
      const inCart = shop.cart(session()).lines.find(({ book }) => book === id)?.quantity ?? 0;
      shop.put(session(), id, inCart + 1);
      return { to: '/cart' };
    }
    case 'POST /checkout':
      await shop.checkOut(session(), field('password'));
      return { to: '/orders' };
    case 'GET /orders':
      return { html: ordersPage(session()) };
    default:
      throw new Refusal(404, 'no such page');
  }
}

/** @param {import('node:http').IncomingMessage} request */
async function textOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** @param {unknown} error @returns {Answer} */
function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  return { status: error.status, html: page('Sorry', `<p role="alert">${error.message}</p>`) };
}

const server = createServer(async (request, response) => {
  const { html, to, cookie, status } = await answer(request).catch(refused);
  if (cookie) response.setHeader('set-cookie', cookie);
  if (to) response.setHeader('location', to);
  response.writeHead(to ? 303 : (status ?? 200), { 'content-type': 'text/html; charset=utf-8' });
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
