import { connect } from 'ephemeral-broker';
import { log } from './log.js';

export default async function setUp({ rootDir }: { rootDir: string }): Promise<void> {
  const client = await connect();
  await client.set('made by the set-up', 'there', { ttl: 'run' });
  await client.close();
  log(`set-up ${rootDir === __dirname}`);
}
