import { defineConfig } from '@playwright/test';
import { connect } from 'ephemeral-broker';
import { withBroker } from 'ephemeral-broker/playwright';

if (!process.env.SHOP_PORT) {
  const client = await connect();
  const { value } = await client.lease('ports');
  process.env.SHOP_PORT = String(value);
}
const baseURL = `http://127.0.0.1:${process.env.SHOP_PORT}`;

export default withBroker(
  defineConfig({
    workers: 2,
    webServer: { command: 'node server.mjs', url: baseURL },
    use: { baseURL },
  }),
);
