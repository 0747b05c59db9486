import type { Entry } from '../../core/store.ts';
import { MAX_DURATION_MS } from '../../protocol/duration.ts';
import { BrokerError, badRequest, quoted } from '../../protocol/errors.ts';
import { jsonText } from '../../protocol/json.ts';
import { LIST_PAGE } from '../../protocol/limits.ts';
import type { Request } from '../../protocol/messages.ts';
import { flagField, numberField, spanField, textField, wholeField } from '../fields.ts';
import type { Session } from '../session.ts';
import type { Handler } from './index.ts';

export const get: Handler = (request, session) => {
  const key = textField(request, 'key');
  const entry = session.house.store.get(key);
  if (!entry || entry.text === '')
    throw new BrokerError('not_found', `There is no value under ${quoted(key)}.`, { key });
  const value = `,"value":${entry.text}`;
  return flagField(request, 'entry') ? value + timesFields(entry, session) : value;
};

export const set: Handler = (request, session) => {
  const { store, config } = session.house;
  const key = textField(request, 'key');
  const { value } = request;
  if (value === undefined) throw badRequest("The field 'value' is missing.");
  // A holder that has lost its lease must not write over what the next one has written.
  if (request.lease !== undefined)
    session.house.leases.held(session.core, textField(request, 'lease'));
  const text = jsonText(value, `The value of ${quoted(key)}`, config.limits.maxDepth);
  const entry = store.set(key, text, lifeOf(request, session), {
    ifAbsent: flagField(request, 'ifAbsent'),
    ifVersion: wholeField(request, 'ifVersion'),
  });
  overtake(key, session);
  return `,"version":${entry.version}`;
};

export const del: Handler = (request, session) => {
  const key = textField(request, 'key');
  const deleted = session.house.store.del(key);
  overtake(key, session);
  return `,"value":${deleted}`;
};

export const touch: Handler = (request, session) =>
  `,"value":${session.house.store.touch(textField(request, 'key'), lifeOf(request, session))}`;

export const incr: Handler = (request, session) => {
  const by = numberField(request, 'by') ?? 1;
  const key = textField(request, 'key');
  const sum = session.house.store.incr(key, by, lifeOf(request, session, Infinity));
  overtake(key, session);
  return `,"value":${sum}`;
};

/** What is being made of the key is older than what was done to it now. */
function overtake(key: string, { house }: Session): void {
  house.leases.overtake(key);
  house.extensions.providers.overtake(key);
}

export const list: Handler = (request, session) => {
  const prefix = request.prefix === undefined ? '' : textField(request, 'prefix');
  const after = request.after === undefined ? undefined : textField(request, 'after');
  const found = session.house.store.list(prefix, after, LIST_PAGE + 1);
  const keys = found
    .slice(0, LIST_PAGE)
    .map((entry) => `{"key":${JSON.stringify(entry.key)}${timesFields(entry, session)}}`);
  return `,"keys":[${keys.join()}],"more":${found.length > LIST_PAGE}`;
};

const timesFields = (entry: Entry, session: Session): string =>
  entry.deadline === Infinity
    ? `,"version":${entry.version}`
    : `,"version":${entry.version},"ttlMs":${Math.floor(session.house.store.ttlLeft(entry))}`;

/** How long the value shall live, in milliseconds: as the request says, or as `otherwise` or the config do. */
export function lifeOf(request: Request, session: Session, otherwise?: number): number {
  if (request.expiresAt !== undefined) {
    if (request.ttl !== undefined) throw badRequest("Give either 'ttl' or 'expiresAt'.");
    const left = numberField(request, 'expiresAt')! - Date.now();
    if (left > 0) return Math.min(left, MAX_DURATION_MS);
    throw badRequest("The time in 'expiresAt' has passed.");
  }
  if (request.ttl === 'run') return Infinity;
  const ttl = spanField(request, 'ttl', 1) ?? session.house.config.defaultTtlMs ?? otherwise;
  if (ttl !== undefined) return ttl;
  throw new BrokerError(
    'ttl_required',
    `A value needs a time to live: give ttl (a time span, or 'run' for as long as the broker lives) or expiresAt, or set defaultTtl in the config.`,
  );
}
