import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** @typedef {{ book: string, title: string, quantity: number, cents: number }} Line */
/** @typedef {{ lines: Line[], discountCents: number, shippingCents: number, totalCents: number }} Cart */
/** @typedef {Cart & { id: string, status: 'paid' | 'cancelled' }} Order */
/** @typedef {{ name: string, salt: Buffer, hash: Buffer, orders: Order[], session?: Session }} Customer */
/**
 * @typedef {object} Session
 * @property {string} id
 * @property {Customer} customer
 * @property {string} device As the browser calls itself.
 * @property {Map<string, number>} items Book and quantity.
 * @property {string} [voucher]
 * @property {'standard' | 'express'} shipping
 * @property {string} [endedBy] The device of the login that ended this session.
 */

/** @type {(password: string, salt: Buffer, length: number) => Promise<Buffer>} */
const derive = promisify(scrypt);

const MAX_COPIES = 10;
const EXPRESS_CENTS = 790;
const STANDARD_CENTS = 390;
const FREE_SHIPPING_FROM_CENTS = 3000;
const VOUCHERS = new Map([['TENTH', 0.1]]);

const BOOKS = [
  { id: 'emma', title: 'Emma', author: 'Jane Austen', cents: 990, inPrint: true },
  { id: 'dracula', title: 'Dracula', author: 'Bram Stoker', cents: 1250, inPrint: true },
  { id: 'middlemarch', title: 'Middlemarch', author: 'George Eliot', cents: 1690, inPrint: true },
  { id: 'moby-dick', title: 'Moby-Dick', author: 'Herman Melville', cents: 1490, inPrint: true },
  { id: 'villette', title: 'Villette', author: 'Charlotte Brontë', cents: 1100, inPrint: false },
];

/** What the shop will not do, and the HTTP status that says so. */
export class Refusal extends Error {
  /** @param {number} status @param {string} message @param {Record<string, string>} [details] */
  constructor(status, message, details = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/**
 * A book shop, in memory. An account has one session at a time: whoever logs in ends the session
 * before, as banks, shops and single-seat licences do.
 */
export class Shop {
  /** @type {Map<string, Customer>} */
  #customers = new Map();
  /** @type {Map<string, Session>} Ended ones stay: their owners are told why. */
  #sessions = new Map();

  /** @param {string} name @param {string} password */
  async addCustomer(name, password) {
    const salt = randomBytes(16);
    this.#customers.set(name, { name, salt, hash: await derive(password, salt, 64), orders: [] });
  }

  /** @param {string} name @param {string} password @param {string} device @returns {Promise<Session>} */
  async login(name, password, device) {
    const customer = this.#customers.get(name);
    if (!customer || !(await matches(customer, password))) {
      throw new Refusal(403, 'wrong name or password');
    }
    if (customer.session) customer.session.endedBy = device;
    /** @type {Session} */
    const session = { id: randomUUID(), customer, device, items: new Map(), shipping: 'standard' };
    customer.session = session;
    this.#sessions.set(session.id, session);
    return session;
  }

  /** @param {string | undefined} id @returns {Session} The live session of that cookie. */
  session(id) {
    const session = this.#sessions.get(id ?? '');
    if (!session) throw new Refusal(401, 'not logged in');
    return alive(session);
  }

  /** @param {Session} session */
  logout(session) {
    delete session.customer.session;
    this.#sessions.delete(session.id);
  }

  books(search = '') {
    const wanted = search.toLowerCase();
    return BOOKS.filter(({ title, author }) => `${title} ${author}`.toLowerCase().includes(wanted));
  }

  /** @param {Session} session @param {string} id @param {number} quantity Zero takes it out. */
  put(session, id, quantity) {
    const book = BOOKS.find((book) => book.id === id);
    if (!book) throw new Refusal(404, 'no such book');
    if (!book.inPrint) throw new Refusal(409, 'out of print');
    if (!Number.isInteger(quantity) || quantity < 0 || quantity > MAX_COPIES) {
      throw new Refusal(422, `a quantity is 0 to ${MAX_COPIES}`);
    }
    if (quantity === 0) session.items.delete(id);
    else session.items.set(id, quantity);
    return this.cart(session);
  }

  /** @param {Session} session As it was after login. */
  empty(session) {
    session.items.clear();
    delete session.voucher;
    session.shipping = 'standard';
  }

  /** @param {Session} session @param {string} code */
  redeem(session, code) {
    if (!VOUCHERS.has(code)) throw new Refusal(404, 'no such voucher');
    session.voucher = code;
    return this.cart(session);
  }

  /** @param {Session} session @param {string} speed */
  ship(session, speed) {
    if (speed !== 'standard' && speed !== 'express') throw new Refusal(422, 'no such shipping');
    session.shipping = speed;
    return this.cart(session);
  }

  /** @param {Session} session @returns {Cart} */
  cart({ items, voucher, shipping }) {
    const lines = [...items].map(([id, quantity]) => {
      const { title, cents } = /** @type {(typeof BOOKS)[number]} */ (
        BOOKS.find((book) => book.id === id)
      );
      return { book: id, title, quantity, cents: cents * quantity };
    });
    const goods = lines.reduce((sum, line) => sum + line.cents, 0);
    const discountCents = Math.round(goods * (VOUCHERS.get(voucher ?? '') ?? 0));
    const standard = goods === 0 || goods >= FREE_SHIPPING_FROM_CENTS ? 0 : STANDARD_CENTS;
    const shippingCents = shipping === 'express' ? EXPRESS_CENTS : standard;
    return {
      lines,
      discountCents,
      shippingCents,
      totalCents: goods - discountCents + shippingCents,
    };
  }

  /** @param {Session} session @param {string} password Asked for again: this costs money. */
  async checkOut(session, password) {
    if (session.items.size === 0) throw new Refusal(409, 'the cart is empty');
    if (!(await matches(session.customer, password))) throw new Refusal(403, 'wrong password');
    alive(session);
    /** @type {Order} */
    const order = { id: randomUUID(), status: 'paid', ...this.cart(session) };
    session.customer.orders.push(order);
    session.items.clear();
    delete session.voucher;
    return order;
  }

  /** @param {Session} session @param {string} id @returns {Order} */
  order(session, id) {
    const order = session.customer.orders.find((order) => order.id === id);
    if (!order) throw new Refusal(404, 'no such order');
    return order;
  }

  /** @param {Session} session @param {string} id */
  cancel(session, id) {
    const order = this.order(session, id);
    if (order.status === 'cancelled') throw new Refusal(409, 'already cancelled');
    order.status = 'cancelled';
    return order;
  }
}

/** @param {Session} session */
function alive(session) {
  if (session.endedBy === undefined) return session;
  throw new Refusal(401, 'logged in elsewhere', {
    account: session.customer.name,
    by: session.endedBy,
  });
}

/** @param {Customer} customer @param {string} password */
async function matches({ salt, hash }, password) {
  return timingSafeEqual(await derive(password, salt, hash.length), hash);
}
