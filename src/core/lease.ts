import type { Purpose } from '../protocol/messages.ts';
import type { Resource } from './resource.ts';
import type { Scope } from './scope.ts';
import type { Session } from './session.ts';
import type { Waiter } from './waiters.ts';

export const leaseId = (pool: string, token: number): string => `${pool}#${token}`;

/** Resources in the hands of a session, from their grant to their end. */
export class HeldLease {
  /** `pool#token`: unique as long as the broker lives, and so as good a fence as the token. */
  readonly id: string;
  /** Rises with every grant of the broker. */
  readonly token: number;
  /** What was asked for, each with what was got for it. */
  readonly resources: readonly (readonly Resource[])[];
  /** All of them. */
  readonly all: readonly Resource[];
  readonly session: Session;
  readonly purpose: Purpose;
  readonly since: number;
  /** With which it ends, at the latest; and whether it may be released before, by a branch that waits for nothing. */
  readonly until: Scope | undefined;
  readonly early: boolean;
  /** With what it is concluded, those are told whose tickets are no higher: who asked later wants what came after. */
  lastTold = Infinity;
  ttlMs: number;
  /** On the running clock. */
  deadline: number;
  place = -1;

  constructor(
    token: number,
    resources: readonly (readonly Resource[])[],
    { session, wish, until }: Waiter,
    now: number,
  ) {
    this.id = leaseId(resources[0]![0]!.pool.name, token);
    this.token = token;
    this.resources = resources;
    this.all = resources.length === 1 ? resources[0]! : resources.flat();
    this.session = session;
    this.purpose = wish.purpose;
    this.since = now;
    this.until = until;
    this.early = wish.early === true;
    this.ttlMs = wish.ttlMs;
    this.deadline = now + wish.ttlMs;
  }

  /** It lasts as long as its worker. */
  get lasting(): boolean {
    return this.until?.lasting === true;
  }

  /** The requests that keep it from ending, as they are within its scope; `perhaps`: also where it may be released before. */
  heldBy(perhaps: boolean): Iterable<Waiter> {
    return this.until && (perhaps || !this.early) ? this.until.waiters : NOBODY;
  }
}

const NOBODY: Iterable<Waiter> = [];
