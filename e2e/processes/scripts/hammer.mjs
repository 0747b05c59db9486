// Leases and releases as fast as it can, and is witnessed.
import { connect } from '../../../dist/index.js';
import { isGoing, serveHammers } from './hammers.mjs';
import { giveBack, note, noteAsked, take } from './witness.mjs';

const client = await connect({ identity: { worker: String(process.pid) } });

async function hammer(n) {
  for (let i = 0; isGoing(); i++) {
    const request = `${process.pid}-${n}-${i}`;
    const lease = await noteAsked(client, { request, wants: [{ pool: 'accounts' }] }, () =>
      client.lease('accounts', { timeout: '60s' }),
    );
    const name = `accounts-${lease.value}`;
    note({ type: 'grant', request, token: lease.token, got: { [name]: 'exclusive' } });
    take(name);
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (i % 17 === 0) await new Promise((resolve) => setTimeout(resolve, i % 5));
    lease.value;
    giveBack(name);
    note({ type: 'release', request });
    await lease.release();
  }
}

serveHammers(hammer);
