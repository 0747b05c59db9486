const { connect } = require('ephemeral-broker');

exports.sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** The pool's only resource, in the hands of somebody who is no test. */
exports.hold = async function hold(pool) {
  const client = await connect();
  const lease = await client.lease(pool, { timeout: '5s', purpose: { test: 'somebody else' } });
  return () => lease.release();
};

/** Whether nobody holds it. */
exports.isFree = async function isFree(pool) {
  const client = await connect();
  const found = (await client.pools()).find(({ name }) => name === pool);
  await client.close();
  return found.held === 0;
};
