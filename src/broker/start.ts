import type { BrokerConfig } from '../config/define.ts';
import type { Broker } from './broker.ts';

/**
 * Starts a broker in this process. Clients find it by its `env`, or by `connect({ pipe, secret })`.
 *
 * It does not keep the process alive, unless `idleTimeout` is given: then it does until no client
 * has been connected for that long.
 *
 * @throws BrokerError `bad_config`, `bad_option` (of `EPHEMERAL_BROKER_SHARD`), `bad_address`.
 */
export async function startBroker(config: BrokerConfig = {}): Promise<Broker> {
  // Loaded on demand: a worker that only connects does not pay for it.
  const { Broker } = await import('./broker.ts');
  return Broker.startWith(config, 'startBroker()');
}
