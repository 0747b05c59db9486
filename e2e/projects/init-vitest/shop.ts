import { connect } from 'ephemeral-broker';

export default async () => {
  await using client = await connect();
  await client.set('shop', 'open', { ttl: 'run' });
};
