import { connect } from 'ephemeral-broker';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The pool's only resource, in the hands of somebody who is no test, for a time. */
export async function hold(pool, ms) {
  const client = await connect();
  const lease = await client.lease(pool, { timeout: '5s', purpose: { test: 'somebody else' } });
  const release = () => client.close();
  if (ms !== undefined) setTimeout(release, ms);
  return { lease, release };
}

/** Whether nobody holds it. */
export async function isFree(pool) {
  const client = await connect();
  try {
    const lease = await client.lease(pool, { timeout: 0 });
    await lease.release();
    return true;
  } catch (error) {
    if (error.code !== 'wait_timeout') throw error;
    return false;
  } finally {
    await client.close();
  }
}
