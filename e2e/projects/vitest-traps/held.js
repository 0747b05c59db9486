import { connect } from 'ephemeral-broker';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The pool's only resource, in the hands of somebody who is no test. */
export async function hold(pool) {
  const client = await connect();
  const lease = await client.lease(pool, { timeout: '5s', purpose: { test: 'somebody else' } });
  return () => lease.release();
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
