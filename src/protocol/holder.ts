import { oneLine, quoted } from './errors.ts';
import type { Identity, Purpose } from './messages.ts';

/** Who holds a lease, or held it, as far as they have told. */
export type Holder = Identity & Purpose;

/** A worker as people know it: `vitest worker 3 (pid 4711)`. */
function identityName({ runner, worker, pid }: Identity): string {
  const who = [runner, worker === undefined ? undefined : `worker ${worker}`].filter(Boolean);
  const name = who.length > 0 ? oneLine(who.join(' ')) : 'a client';
  return pid === undefined ? name : `${name} (pid ${pid})`;
}

const purposeName = ({ test, file }: Purpose): string =>
  (test === undefined ? '' : `, test ${quoted(test)}`) +
  (file === undefined ? '' : ` in ${oneLine(file)}`);

/** `vitest worker 3 (pid 4711), test 'buys' in shop.test.ts`. */
export const holderName = (identity: Identity, purpose: Purpose): string =>
  identityName(identity) + purposeName(purpose);
