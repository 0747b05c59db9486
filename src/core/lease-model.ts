import { HEARTBEAT_MS, NOW_MS, RETRY_MS } from '../protocol/limits.ts';
import type { EndReason } from '../protocol/messages.ts';
import { must } from './program-model.ts';

interface ModelPool {
  /** Infinite for slots. */
  size: number;
  checked: boolean;
  /** What each resource that is not free does: held by a lease, checked for a ticket, or cooling. */
  busy: Map<number, { lease?: string; ticket?: number; cools?: number }>;
  /** What has just been found usable. */
  verified: Set<number>;
  queue: number[];
}

interface ModelWait {
  session: number;
  pool: string;
  ttlMs: number;
  timeoutMs: number;
  deadline: number;
  state: 'queued' | 'checking' | 'over';
}

interface ModelLease {
  session: number;
  pool: string;
  index: number;
  ttlMs: number;
  deadline: number;
  ended?: EndReason;
}

/**
 * The lease manager by its promises, for tests. It is told of every event as it happens and says
 * whether that was allowed, and between two events whether something should have happened that did not.
 */
export class LeaseModel {
  now = 0;
  draining = false;
  readonly live = new Set<number>();
  readonly pools = new Map<string, ModelPool>();
  readonly waits: ModelWait[] = [];
  readonly leases = new Map<string, ModelLease>();
  #sweeping = false;
  #swept = 0;
  #lastToken = 0;
  readonly #caps: { maxWaiters: number; maxImplicitPools: number };

  constructor(caps: { maxWaiters: number; maxImplicitPools: number }) {
    this.#caps = caps;
  }

  addPool(name: string, size: number, checked = false): void {
    this.pools.set(name, { size, checked, busy: new Map(), verified: new Set(), queue: [] });
  }

  /** The code with which a request must be refused at once, if it must. */
  verdictOnRequest(session: number, name: string, timeoutMs: number): string | undefined {
    if (this.draining) return 'stopping';
    if (!this.live.has(session)) return 'closed';
    const { busy, size } = this.pools.get(name)!;
    if (busy.size >= size && timeoutMs > 0 && this.full) return 'too_many';
    const implicit = [...this.pools.keys()].filter((key) => key.includes(':'));
    const used = implicit.filter((key) => this.pools.get(key)!.busy.size > 0);
    const full = used.length >= this.#caps.maxImplicitPools;
    return full && implicit.includes(name) && !used.includes(name) ? 'too_many' : undefined;
  }

  get full(): boolean {
    return this.waits.filter(({ state }) => state !== 'over').length >= this.#caps.maxWaiters;
  }

  request(session: number, pool: string, ttlMs: number, timeoutMs: number): number {
    const deadline = this.now + (timeoutMs || NOW_MS);
    const wait: ModelWait = { session, pool, ttlMs, timeoutMs, deadline, state: 'queued' };
    const ticket = this.waits.push(wait) - 1;
    this.pools.get(pool)!.queue.push(ticket);
    return ticket;
  }

  checkStarted(name: string, index: number): void {
    const { checked, busy, queue } = this.pools.get(name)!;
    must(checked && queue.length > 0, 'a check is made where it was asked for, and for somebody');
    must(
      (busy.get(index)?.cools ?? (busy.has(index) ? Infinity : 0)) <= this.#swept,
      'what is checked was free',
    );
    const ticket = queue.shift()!;
    this.waits[ticket]!.state = 'checking';
    busy.set(index, { ticket });
  }

  /** To be called before the answer is given. */
  checkAnswered(name: string, index: number, usable: boolean): void {
    const pool = this.pools.get(name)!;
    const ticket = pool.busy.get(index)!.ticket!;
    const wait = this.waits[ticket]!;
    if (usable) {
      pool.busy.delete(index);
      pool.verified.add(index);
    } else pool.busy.set(index, { cools: this.now + RETRY_MS });
    if (wait.state === 'over') return;
    wait.state = 'queued';
    pool.queue.push(ticket);
    pool.queue.sort((a, b) => a - b);
  }

  granted(ticket: number, id: string, index: number, token: number): void {
    const wait = this.waits[ticket]!;
    const { size, checked, verified, busy, queue } = this.pools.get(wait.pool)!;
    must(wait.state !== 'over', 'a wait ends once');
    must(index < size && token > this.#lastToken && !this.leases.has(id), 'tokens rise');
    must(!checked || verified.has(index), 'what is granted was checked just now');
    must(!busy.has(index), 'no resource is in two hands');
    must(queue.shift() === ticket, 'first come, first served');
    if (size === Infinity)
      for (let i = 0; i < index; i++) must(busy.has(i), 'the smallest free slot');
    const { session, pool, ttlMs } = wait;
    this.#lastToken = token;
    wait.state = 'over';
    busy.set(index, { lease: id });
    this.leases.set(id, { session, pool, index, ttlMs, deadline: this.now + ttlMs });
  }

  refused(ticket: number, code: string, place?: number, holders?: string[]): void {
    const { pool, state, timeoutMs, deadline } = this.waits[ticket]!;
    const { queue, busy } = this.pools.get(pool)!;
    must(state !== 'over', 'a wait ends once');
    if (code === 'wait_timeout') {
      const never = timeoutMs === 0 && state === 'queued';
      must(never || (this.#sweeping && this.now >= deadline), 'no wait ends early');
      must(place === Math.max(0, queue.indexOf(ticket)), 'the place is told as it is');
      const held = [...busy.values()].flatMap(({ lease }) => lease ?? []);
      must(`${held.sort()}` === `${holders!.sort()}`, 'the holders are told as they are');
    } else must(code === (this.draining ? 'stopping' : 'cancelled'), 'a wait ends for its reason');
    this.#end(ticket);
  }

  /** The code, or the reason of its end, with which a use of a lease must be refused, if it must. */
  verdictOnUse(session: number, id: string): EndReason | 'not_holder' | undefined {
    const lease = this.leases.get(id);
    return lease?.ended ?? (lease?.session === session ? undefined : 'not_holder');
  }

  renewed(id: string, ttlMs?: number): void {
    const lease = this.leases.get(id)!;
    lease.ttlMs = ttlMs ?? lease.ttlMs;
    lease.deadline = this.now + lease.ttlMs;
  }

  ended(id: string, reason: EndReason): void {
    const lease = this.leases.get(id)!;
    must(lease.ended === undefined, 'a lease ends once');
    if (reason === 'expired')
      must(this.#sweeping && this.now >= lease.deadline, 'a lease lives for its TTL');
    lease.ended = reason;
    this.pools.get(lease.pool)!.busy.delete(lease.index);
  }

  sessionEnds(session: number): void {
    this.live.delete(session);
    this.waits.forEach((wait, ticket) => {
      if (wait.session === session && wait.state !== 'over') this.#end(ticket);
    });
    for (const [id, lease] of this.leases) {
      if (lease.session === session && !lease.ended)
        this.ended(id, this.draining ? 'stopped' : 'disconnected');
    }
  }

  sweep(act: () => void): void {
    this.#swept = this.now;
    this.#sweeping = true;
    act();
    this.#sweeping = false;
    const late = ({ deadline }: { deadline: number }) => deadline + HEARTBEAT_MS <= this.now;
    must(![...this.leases.values()].some((l) => !l.ended && late(l)), 'a lease ends after its TTL');
    const waiting = this.waits.filter(({ state }) => state !== 'over');
    must(!waiting.some(late), 'a wait ends after its timeout');
  }

  /** What holds between two events. */
  settled(): void {
    for (const pool of this.pools.values()) {
      const { size, busy, queue } = pool;
      pool.verified.clear();
      must(
        queue.every((ticket) => this.waits[ticket]!.timeoutMs > 0),
        'now or never',
      );
      for (let i = 0; queue.length > 0 && i < size; i++) {
        const free = !busy.has(i) || busy.get(i)!.cools! + HEARTBEAT_MS <= this.#swept;
        must(!free, 'nobody waits for what is free');
      }
    }
  }

  #end(ticket: number): void {
    const wait = this.waits[ticket]!;
    const { queue } = this.pools.get(wait.pool)!;
    if (wait.state === 'queued') queue.splice(queue.indexOf(ticket), 1);
    wait.state = 'over';
  }
}
