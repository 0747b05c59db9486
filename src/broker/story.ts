import type { JournalEvent } from '../core/journal.ts';
import { formatMs } from '../protocol/duration.ts';
import { oneLine, printable } from '../protocol/errors.ts';
import { holderName } from '../protocol/holder.ts';
import type { Identity, Purpose } from '../protocol/messages.ts';

const NAME = 'ephemeral-broker';

/**
 * Tells each event on stderr as it happens, where `DEBUG` names us: a list of names, with `*` for any
 * part of one, and `-` before those that are left out, as the package `debug` has it.
 */
export function storyteller(debug = ''): ((event: JournalEvent) => void) | undefined {
  if (!isNamedBy(debug)) return undefined;
  const identities = new Map<number, Identity>();
  const who = (session: number, purpose: Purpose = {}) =>
    `${holderName(identities.get(session) ?? {}, purpose)} [${session}]`;
  return (event) => {
    if (event.type === 'session') identities.set(event.session, event.identity);
    const line = `${NAME} +${formatMs(event.ms)} ${oneLine(textOf(event, who))}`;
    if (event.type === 'session_end') identities.delete(event.session);
    process.stderr.write(`${printable(line)}\n`);
  };
}

function textOf(event: JournalEvent, who: (session: number, purpose?: Purpose) => string): string {
  switch (event.type) {
    case 'session':
      return `${who(event.session)} has come`;
    case 'session_end':
      return `${who(event.session)} has gone`;
    case 'wait':
      return `${who(event.session, event.purpose)} waits for ${event.pools.join(', ')} (request ${event.ticket})`;
    case 'wait_end':
      return `request ${event.ticket} waits no more: ${event.reason}${event.inMs ? `, in ${formatMs(event.inMs)}` : ''}`;
    case 'grant': {
      const things = event.resources.map(({ pool, resource }) => `${pool}[${resource}]`);
      const waited = event.waitedMs > 0 ? ` after ${formatMs(event.waitedMs)}` : '';
      return `${who(event.session, event.purpose)} gets ${things.join(', ')}${waited} (request ${event.ticket}, lease ${event.lease})`;
    }
    case 'end':
      return `lease ${event.lease} ends: ${event.reason}${event.why ? ` (${event.why})` : ''}, held for ${formatMs(event.heldMs)}`;
    case 'resource':
      return `${event.pool}[${event.resource}] is ${event.state}`;
  }
}

function isNamedBy(debug: string): boolean {
  const patterns = debug.split(/[\s,]+/);
  const names = (pattern: string) =>
    new RegExp(`^${pattern.split(/\*+/).map(escaped).join('.*')}$`).test(NAME);
  return (
    patterns.some((pattern) => !pattern.startsWith('-') && names(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith('-') && names(pattern.slice(1)))
  );
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
