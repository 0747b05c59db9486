import type { ResolvedConfig } from '../config/check.ts';
import { configMismatch } from '../config/digest.ts';
import { PIPE_VARIABLE } from '../protocol/environment.ts';
import { connect } from './connect.ts';

/**
 * Makes sure that the broker which the environment names is there and was started with this config,
 * so that a run can use it in place of one of its own. A config that says nothing fits any.
 *
 * @throws BrokerError `config_mismatch`, `broker_gone`, and what `connect` throws.
 */
export async function joinBroker(config: ResolvedConfig): Promise<void> {
  const client = await connect();
  try {
    const { pools, values, middleware, plugins } = config;
    const said = pools.length + values.length + middleware.length + plugins.length;
    if (said === 0 || client.config === config.digest) return;
    throw configMismatch(config, await client.pools(), process.env[PIPE_VARIABLE]!);
  } finally {
    await client.close();
  }
}
