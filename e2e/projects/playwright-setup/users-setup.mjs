import { connect } from 'ephemeral-broker';

/** A set-up of the user's own, which finds the broker running, before and after the tests. */
export default async () => {
  const client = await connect();
  await client.set('prepared', true, { ttl: 'run' });
  await client.close();
  return async () => {
    const again = await connect();
    console.log('torn down with the broker:', await again.get('prepared'));
    await again.close();
  };
};
