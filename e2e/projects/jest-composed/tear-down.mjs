import { connect } from 'ephemeral-broker';
import { log } from './log.js';

export default async () => {
  const client = await connect();
  log(`tear-down, ${await client.get('made by the set-up')}`);
  await client.close();
};
