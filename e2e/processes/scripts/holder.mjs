// A client that leases, and notes each use that it makes of what it has.
import { connect } from '../../../dist/index.js';
import { serve } from './rpc.mjs';

const client = await connect();
const leases = new Map();

serve({
  lease: async (pool, options) => {
    const lease = await client.lease(pool, options);
    const use = { lastUse: 0n, uses: 0, aborted: false, error: undefined };
    leases.set(lease.id, { lease, use });
    lease.signal.addEventListener('abort', () => {
      use.aborted = true;
    });
    return { id: lease.id, token: lease.token, value: lease.value };
  },
  /** Uses the lease again and again, for as long as it has it. */
  useOften: (id) => {
    const { lease, use } = leases.get(id);
    const turn = () => {
      try {
        lease.value;
        use.lastUse = process.hrtime.bigint();
        use.uses++;
        setTimeout(turn, 1);
      } catch (error) {
        use.error = error.code;
      }
    };
    turn();
  },
  state: (id) => {
    const { lease, use } = leases.get(id);
    return { ...use, lastUse: String(use.lastUse), held: lease.held };
  },
  release: (id) => leases.get(id).lease.release(),
  block: (ms) => {
    for (const end = performance.now() + ms; performance.now() < end; );
  },
  get: (key) => client.get(key),
  crash: () =>
    void setImmediate(() => {
      throw new Error('the holder crashes');
    }),
});
