import { type BrokerError, connect, defineConfig } from 'ephemeral-broker';
import type { createFixtures } from 'ephemeral-broker/vitest';

const config = defineConfig({ pools: { accounts: [{ user: 'anna' }], numbers: [1, 2] } });

export async function inCode(): Promise<string> {
  const client = await connect<typeof config>();
  const number: number = (await client.lease('numbers')).value;
  // @ts-expect-error: there is no such pool
  await client.lease('acounts');
  return client.withLease('accounts', ({ user }) => user + number);
}

export const code = (error: BrokerError): string => error.code;
export type Fixtures = ReturnType<typeof createFixtures<typeof config>>;
