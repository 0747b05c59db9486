import type { Address } from '../protocol/environment.ts';
import type { BrokerEvent, EndReason, Identity } from '../protocol/messages.ts';
import { Connection } from './connection.ts';
import type { Welcome } from './handshake.ts';
import { Renewals } from './renewals.ts';

/** A connection that several clients of a process share, with the leases that were taken over it. */
export interface Link {
  readonly connection: Connection;
  readonly renewals: Renewals;
  readonly welcome: Welcome;
  /** A client that shared it is done; the last one closes the connection. */
  leave(): void;
}

interface SharedLink extends Link {
  users: number;
}

/**
 * Links by address. On `globalThis`, since a test runner may evaluate this module many times in one
 * process, and connecting for each test file would cost a handshake.
 */
const REGISTRY = Symbol.for('ephemeral-broker.links');
const shared = globalThis as { [REGISTRY]?: Map<string, Promise<SharedLink>> };
// Not enumerable: its keys hold secrets, and globals get printed.
if (!shared[REGISTRY]) Object.defineProperty(shared, REGISTRY, { value: new Map() });
const links = shared[REGISTRY]!;

/** The link to a broker: the one that this process has, or a new one. */
export async function linkTo(address: Address, identity: Identity): Promise<Link> {
  const key = JSON.stringify([address.pipe, address.secret]);
  for (;;) {
    const known = links.get(key);
    const link = await (known ?? open(key, address, identity));
    const { over } = link.connection;
    if (!over) {
      link.users++;
      return link;
    }
    // One that others have closed meanwhile has left the registry; one of our own is what we report.
    if (!known) throw over;
  }
}

function open(key: string, address: Address, identity: Identity): Promise<SharedLink> {
  const opening = Connection.open(address, identity).then(({ connection, welcome }) => {
    // What came in one piece with the welcome may have ended it; nobody would be told any more.
    if (connection.over) throw connection.over;
    const renewals = new Renewals();
    connection.onEvent = (event) => hear(event, renewals);
    connection.onEnd = (error) => {
      if (links.get(key) === opening) links.delete(key);
      const reason: EndReason = connection.stopped ? 'stopped' : 'disconnected';
      for (const lease of renewals) lease.lose(reason, error);
    };
    const link: SharedLink = {
      connection,
      renewals,
      welcome,
      users: 0,
      leave: () => {
        if (--link.users === 0) connection.close();
      },
    };
    return link;
  });
  links.set(key, opening);
  opening.catch(() => links.delete(key));
  return opening;
}

function hear(event: BrokerEvent, renewals: Renewals): void {
  if (event.event !== 'lease_lost') return;
  for (const lease of renewals) if (lease.id === event.lease) lease.lose(event.reason);
}
