// Leases and releases as fast as it can, witnessed by files: whoever has an account has its file,
// and no two have one at the same time. Writes down what happened, and when.
import { linkSync, openSync, readFileSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../../dist/index.js';
import { serve } from './rpc.mjs';

const { WITNESS_DIRECTORY: directory } = process.env;
const history = openSync(join(directory, `history-${process.pid}`), 'a');
const mine = join(directory, `pid-${process.pid}`);
writeFileSync(mine, String(process.pid));

const note = (event) => {
  writeSync(history, `${JSON.stringify({ ...event, at: String(process.hrtime.bigint()) })}\n`);
};

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

/** Takes the file of an account. It may be there only if its taker was killed. */
function take(file) {
  for (const end = performance.now() + 5_000; ; ) {
    try {
      return linkSync(mine, file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let taker;
    try {
      taker = Number(readFileSync(file, 'utf8'));
    } catch {
      throw new Error('two held one: the other has just given it back');
    }
    if (isDead(taker)) unlinkSync(file);
    else if (performance.now() > end) throw new Error(`two hold one: ${taker} has it too`);
  }
}

const client = await connect({ identity: { worker: String(process.pid) } });
let going = true;
let running;

async function hammer(n) {
  for (let i = 0; going; i++) {
    const request = `${process.pid}-${n}-${i}`;
    note({ type: 'ask', request });
    const leasing = client.lease('accounts', { timeout: '60s' });
    // Its answer is behind the request: from then on nobody who asks may come first.
    client.get('nothing').then(() => note({ type: 'queued', request }));
    const lease = await leasing;
    note({ type: 'grant', request, token: lease.token, account: lease.value });
    const file = join(directory, `account-${lease.value}`);
    take(file);
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (i % 17 === 0) await new Promise((resolve) => setTimeout(resolve, i % 5));
    lease.value;
    unlinkSync(file);
    note({ type: 'release', request, token: lease.token });
    await lease.release();
  }
}

serve({
  start: () => {
    running = Promise.all([hammer(0), hammer(1)]);
    running.catch(() => {});
  },
  stop: async () => {
    going = false;
    await running;
  },
});
