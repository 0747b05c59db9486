// Who has a thing has its file, and no two have one at the same time. What happened, and when, is
// written into a history.
import {
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const { WITNESS_DIRECTORY: directory } = process.env;
const history = openSync(join(directory, `history-${process.pid}`), 'a');
const mine = join(directory, `pid-${process.pid}`);
writeFileSync(mine, String(process.pid));

export function note(event) {
  writeSync(history, `${JSON.stringify({ ...event, at: String(process.hrtime.bigint()) })}\n`);
}

/** Notes that something is asked for, and from when on the broker has surely read that: nobody who asks later may come first. */
export function noteAsked(client, event, ask) {
  note({ ...event, type: 'ask' });
  const asked = ask();
  // Its answer is behind the request.
  client.get('nothing').then(() => note({ type: 'queued', request: event.request }));
  return asked;
}

/** Takes the file of a thing, and looks that nobody shares it. */
export function take(name) {
  const file = join(directory, `alone-${name}`);
  for (;;) {
    try {
      linkSync(mine, file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    clear(file);
  }
  for (const other of readdirSync(directory)) {
    if (other.startsWith(`shared-${name}-`)) clear(join(directory, other));
  }
}

export function giveBack(name) {
  unlinkSync(join(directory, `alone-${name}`));
}

/** Takes a file beside those of others, and looks that nobody has the thing alone. `holder` is of this one only. */
export function share(name, holder) {
  linkSync(mine, join(directory, `shared-${name}-${holder}`));
  const alone = join(directory, `alone-${name}`);
  const taker = takerOf(alone);
  if (taker !== undefined) clear(alone, taker);
}

export function giveShareBack(name, holder) {
  unlinkSync(join(directory, `shared-${name}-${holder}`));
}

/** Removes another's file, which may be there only if that one was killed. */
function clear(file, taker = takerOf(file)) {
  for (const end = performance.now() + 5_000; performance.now() < end; ) {
    const isThere = takerOf(file) !== undefined;
    if (taker !== undefined && isDead(taker)) return rmSync(file, { force: true });
    if (!isThere) throw new Error('two held one: the other has just given it back');
  }
  throw new Error(`two hold one: ${taker} has it too`);
}

function takerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A process that was killed can do nothing more, though it may not be gone yet; one that waits to be reaped is dead. */
function isDead(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return 'ZX'.includes(stat.slice(stat.lastIndexOf(')') + 2)[0]);
  } catch {}
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
