import type { Cart, Order } from './shop.mjs';

export interface Account {
  name: string;
  password: string;
}

/** The shop said no. */
export class ShopError extends Error {
  override readonly name: string = 'ShopError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Somebody else logged in with our account. */
export class LoggedInElsewhere extends ShopError {
  override readonly name = 'LoggedInElsewhere';
}

/** The shop as a visitor sees it; `device` is told at login, as browsers do. */
export class ShopFront {
  readonly #url: string;
  readonly #device: string;
  /** How often somebody has tried to log in here. */
  logins = 0;

  constructor(url: string, device: string) {
    this.#url = url;
    this.#device = device;
  }

  async login({ name, password }: Account): Promise<Customer> {
    this.logins++;
    const { headers } = await this.fetch('POST', '/login', { name, password });
    return this.resume(headers.get('set-cookie')?.split(';')[0] ?? '');
  }

  /** Who has that cookie since a login before. */
  resume(cookie: string): Customer {
    return new Customer(cookie, async (method, path, body) => {
      const response = await this.fetch(method, path, body, cookie);
      return response.json();
    });
  }

  async fetch(method: string, path: string, body?: object, cookie = ''): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { 'user-agent': this.#device, cookie },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const { error, account, by } = (await response.json()) as Answer;
    if (by === undefined) throw new ShopError(response.status, error);
    throw new LoggedInElsewhere(response.status, `${error}: account ${account} was taken by ${by}`);
  }
}

interface Answer {
  error: string;
  account?: string;
  /** Who logged in, where that is the reason. */
  by?: string;
}

type Send = (method: string, path: string, body?: object) => Promise<unknown>;

/** Somebody who is logged in. */
export class Customer {
  readonly cookie: string;
  readonly #send: Send;

  constructor(cookie: string, send: Send) {
    this.cookie = cookie;
    this.#send = send;
  }

  put = (book: string, quantity: number) =>
    this.#send('PUT', `/cart/${book}`, { quantity }) as Promise<Cart>;
  redeem = (code: string) => this.#send('POST', '/voucher', { code }) as Promise<Cart>;
  ship = (speed: string) => this.#send('POST', '/shipping', { speed }) as Promise<Cart>;
  empty = () => this.#send('DELETE', '/cart');
  cart = () => this.#send('GET', '/cart') as Promise<Cart>;
  checkOut = (password: string) => this.#send('POST', '/checkout', { password }) as Promise<Order>;
  orders = () => this.#send('GET', '/orders') as Promise<Order[]>;
  order = (id: string) => this.#send('GET', `/orders/${id}`) as Promise<Order>;
  cancel = (id: string) => this.#send('DELETE', `/orders/${id}`) as Promise<Order>;
  logout = () => this.#send('POST', '/logout');
}

/** The error by which the shop refused; being logged out by somebody else is no such answer. */
export async function refusal(asked: Promise<unknown>): Promise<ShopError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof ShopError && !(error instanceof LoggedInElsewhere)) return error;
    throw error;
  }
  throw new Error('The shop should have refused this.');
}
