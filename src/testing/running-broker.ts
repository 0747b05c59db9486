import { afterEach, beforeEach, expect, vi } from 'vitest';
import {
  type Broker,
  type BrokerConfig,
  type BrokerError,
  type Client,
  connect,
  startBroker,
} from '../index.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

/** For the tests of one file: the broker of the current one, which ends with it, as its clients do. */
export let broker: Broker;
/** What it and they have warned of. */
export let warnings: string[];
let clients: Client[];

beforeEach(() => {
  clients = [];
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(clients.map((client) => client.close()));
  await broker?.stop();
  vi.restoreAllMocks();
});

export async function start(config: BrokerConfig = {}): Promise<void> {
  broker = await startBroker(config);
}

/** A client over a connection of its own: they are shared by their address, and this is another spelling of it. */
export async function another(worker = '1'): Promise<Client> {
  const { pipe, secret } = broker;
  const address = '/'.repeat(clients.length) + pipe;
  const client = await connect({ pipe: address, secret, identity: { runner: 'vitest', worker } });
  clients.push(client);
  return client;
}

/** Its connection ends without giving back what it holds, as that of a process that dies. */
export const die = (client: Client): void =>
  // biome-ignore lint/complexity/useLiteralKeys: it is protected
  client['link'].connection.close();

/** What it was refused with. */
export const failure = (asked: Promise<unknown>): Promise<BrokerError> =>
  asked.then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );

/** A turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What opens when the test says so. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Runs that end when the test says so. */
export function slow<T = unknown>() {
  const runs: { resolve(value: T): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
  const run = ({ signal }: { signal: AbortSignal }) =>
    new Promise<T>((resolve, reject) => runs.push({ resolve, reject, signal }));
  const begun = (count: number) => vi.waitFor(() => expect(runs).toHaveLength(count), 10_000);
  return { runs, run, begun };
}
