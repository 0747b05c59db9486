import { randomUUID } from 'node:crypto';
import { accounts } from './accounts.mjs';

/** @typedef {{ book: string, title: string, cents: number }} Line */
/** @typedef {{ name: string, password: string, session?: Session, orders: { id: string, cents: number }[] }} Customer */
/** @typedef {{ id: string, customer: Customer, cart: Line[] }} Session */

const SHIPPING_CENTS = 390;
const FREE_FROM_CENTS = 3000;

export const BOOKS = [
  { book: 'emma', title: 'Emma', cents: 990, inPrint: true },
  { book: 'dracula', title: 'Dracula', cents: 1250, inPrint: true },
  { book: 'middlemarch', title: 'Middlemarch', cents: 1690, inPrint: true },
  { book: 'moby-dick', title: 'Moby-Dick', cents: 1490, inPrint: true },
  { book: 'villette', title: 'Villette', cents: 1100, inPrint: false },
];

/** What the shop will not do, and the HTTP status that says so. */
export class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** A book shop, in memory. An account has one session at a time: whoever logs in ends the session before. */
export class Shop {
  /** @type {Map<string, Customer>} */
  #customers = new Map(accounts.map((account) => [account.name, { ...account, orders: [] }]));
  logins = 0;

  /** @param {string} name @param {string} password @returns {Session} */
  login(name, password) {
    const customer = this.#customers.get(name);
    if (customer?.password !== password) throw new Refusal(403, 'wrong name or password');
    this.logins++;
    const session = { id: randomUUID(), customer, cart: [] };
    customer.session = session;
    return session;
  }

  /** @param {string | undefined} id @returns {Session} The live session of that cookie. */
  session(id) {
    for (const { session } of this.#customers.values()) {
      if (session && session.id === id) return session;
    }
    throw new Refusal(401, 'not logged in');
  }

  /** @param {Session} session */
  logout({ customer }) {
    delete customer.session;
  }

  /** @param {Session} session @param {string} id */
  add({ cart }, id) {
    const found = BOOKS.find(({ book }) => book === id);
    if (!found?.inPrint) throw new Refusal(409, 'out of print');
    cart.push(found);
  }

  /** @param {Session} session */
  total({ cart }) {
    const cents = cart.reduce((sum, line) => sum + line.cents, 0);
    return cents === 0 || cents >= FREE_FROM_CENTS ? cents : cents + SHIPPING_CENTS;
  }

  /** @param {Session} session @param {string} password Asked for again: this costs money. */
  buy(session, password) {
    if (password !== session.customer.password) throw new Refusal(403, 'wrong password');
    session.customer.orders.push({ id: randomUUID(), cents: this.total(session) });
    session.cart = [];
  }
}
