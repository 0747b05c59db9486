import type { Purpose } from '../protocol/messages.ts';
import type { Resource } from './pool.ts';
import type { Session } from './session.ts';

/** A resource in the hands of a session, from its grant to its end. */
export class HeldLease {
  /** `pool#token`: unique as long as the broker lives, and so as good a fence as the token. */
  readonly id: string;
  /** Rises with every grant of the broker. */
  readonly token: number;
  readonly resource: Resource;
  readonly session: Session;
  readonly purpose: Purpose;
  readonly since: number;
  ttlMs: number;
  /** On the running clock. */
  deadline: number;
  place = -1;

  constructor(
    token: number,
    resource: Resource,
    session: Session,
    purpose: Purpose,
    now: number,
    ttlMs: number,
  ) {
    this.id = `${resource.pool.name}#${token}`;
    this.token = token;
    this.resource = resource;
    this.session = session;
    this.purpose = purpose;
    this.since = now;
    this.ttlMs = ttlMs;
    this.deadline = now + ttlMs;
  }
}
