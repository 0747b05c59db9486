import { BrokerError, type ErrorCode, type ErrorDetails } from './errors.ts';
import type { Json } from './json.ts';

/** Who speaks: told at `auth`, to explain waits and holders, never to authorize. All are optional. */
export interface Identity {
  /** `vitest`, `jest`, `playwright`, or a program's name. */
  runner?: string;
  /** The runner's own name of the worker (a slot number, say). */
  worker?: string;
  pid?: number;
}

/** On whose behalf a lease is asked for, as the fixture knows it. */
export interface Purpose {
  file?: string;
  test?: string;
}

/** Why a lease ended. A lease ends once, with one of these. */
export type EndReason = 'released' | 'expired' | 'disconnected' | 'revoked' | 'retired' | 'stopped';

/**
 * Why a request that waits is told something: it has waited for long; it lacks what only the end of
 * another worker can give it; its own leases and those of others might wait for each other.
 */
export type Notice = 'slow' | 'worker_scope' | 'perhaps_deadlock';

/** Shared ones of a lock go together; an exclusive one goes alone. */
export const LOCK_MODES = ['exclusive', 'shared'] as const;
export type LockMode = (typeof LOCK_MODES)[number];

/** The name of the scope that lasts as long as its session: what ends with it lasts as long as the worker. */
export const WORKER_SCOPE = 'worker';

/** A request, before its fields have been looked at. */
export interface Request {
  id?: string | number;
  action: string;
  [field: string]: unknown;
}

export interface Reply {
  id?: string | number;
  ok: boolean;
  error?: ErrorCode;
  message?: string;
  details?: ErrorDetails;
  [field: string]: Json | undefined;
}

/** The unasked lines, sent to sessions that asked for them in `auth`. */
export type BrokerEvent =
  | { event: 'lease_lost'; lease: string; reason: EndReason }
  | { event: 'notice'; request: string | number; notice: Notice; message: string }
  | { event: 'goodbye' };

/** The start of a reply line, up to where its fields go. `id` is JSON already, or absent. */
const head = (id: string | undefined, ok: boolean): string =>
  id === undefined ? `{"ok":${ok}` : `{"id":${id},"ok":${ok}`;

/** A reply line; `fields` is JSON text that begins with a comma, or nothing. */
export const okLine = (id: string | undefined, fields = ''): string =>
  `${head(id, true)}${fields}}\n`;

/** Never throws, whatever somebody has put into the error. */
export function errorLine(id: string | undefined, error: BrokerError): string {
  try {
    const { code, message, details } = error;
    return `${head(id, false)},"error":${JSON.stringify(code)},"message":${JSON.stringify(message)},"details":${JSON.stringify(details)}}\n`;
  } catch {
    return errorLine(id, new BrokerError('internal', 'The error has no JSON.'));
  }
}

export const eventLine = (event: BrokerEvent): string => `${JSON.stringify(event)}\n`;

/** The error that a reply carries. Makes do with whatever came: a client does not die of a broker's reply. */
export function errorOf({ error, message, details }: Reply): BrokerError {
  return new BrokerError(
    typeof error === 'string' ? error : 'internal',
    typeof message === 'string' ? message : 'The broker gave no message.',
    typeof details === 'object' && details !== null ? details : {},
  );
}

/** Anything thrown, as an error for the wire. What is not ours says no more than its name: its message may hold a value. */
export const wireError = (thrown: unknown): BrokerError =>
  thrown instanceof BrokerError
    ? thrown
    : new BrokerError('internal', `The broker failed on this request (${nameOf(thrown)}).`);

/** Of what cannot be read, nothing. */
function nameOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.name : 'unknown';
  } catch {
    return 'unknown';
  }
}
