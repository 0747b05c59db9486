import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { accounts } from './accounts.mjs';

const page = (title, body) => `<!doctype html><title>${title}</title><h1>${title}</h1>${body}`;
const form = (action, button, fields = '') =>
  `<form method="post" action="${action}">${fields}<button>${button}</button></form>`;
const LOGIN = '<input name="name"><input name="password" type="password">';

/** A shop, in memory. An account has one session at a time: whoever logs in ends the session before. */
export class Shop {
  logins = 0;
  #customers = accounts.map((account) => ({ ...account, sid: undefined, cart: [] }));
  #server = createServer((request, response) => this.#answer(request, response));

  /** Where it is. */
  async open() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request, response) {
    let text = '';
    for await (const chunk of request) text += chunk;
    const sid = /\bsid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    const customer = this.#customers.find((each) => sid !== undefined && each.sid === sid);
    const answered = this.#page(`${request.method} ${request.url}`, customer, text);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (answered.sid) response.setHeader('set-cookie', `sid=${answered.sid}; Path=/`);
    if (answered.to) response.writeHead(303, { location: answered.to });
    response.end(answered.html);
  }

  #page(asked, customer, text) {
    if (asked === 'GET /login') return { html: page('Log in', form('/login', 'Log in', LOGIN)) };
    if (asked === 'POST /login') return this.#logIn(new URLSearchParams(text));
    if (!customer) return { html: page('Not logged in', '') };
    switch (asked) {
      case 'POST /cart':
        customer.cart.push('Emma');
        return { to: '/' };
      case 'POST /buy':
        customer.cart = [];
        return { html: page('Thank you', '') };
      case 'POST /logout':
        customer.sid = undefined;
        return { to: '/login' };
      default: {
        const lines = customer.cart.map((title) => `<li>${title}</li>`).join('');
        const buttons = form('/cart', 'Add') + form('/buy', 'Buy') + form('/logout', 'Log out');
        return { html: page(`Hello, ${customer.name}`, `<ul>${lines}</ul>${buttons}`) };
      }
    }
  }

  #logIn(fields) {
    const [name, password] = [fields.get('name'), fields.get('password')];
    const customer = this.#customers.find((each) => each.name === name);
    if (customer?.password !== password) return { html: page('Wrong name or password', '') };
    this.logins++;
    customer.sid = randomUUID();
    return { to: '/', sid: customer.sid };
  }
}
