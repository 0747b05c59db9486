export type { Broker } from './broker/broker.ts';
export { startBroker } from './broker/start.ts';
export type { Client, PoolEntry } from './client/client.ts';
export { type ConnectOptions, connect } from './client/connect.ts';
export type { Lease } from './client/lease.ts';
export type {
  CallOptions,
  LeaseOptions,
  LockOptions,
  Pattern,
  PoolLeaseOptions,
  WaitOptions,
  Want,
} from './client/options.ts';
export type { BarrierOptions, LimitOptions, Pass } from './client/synchronizers.ts';
export type {
  IncrOptions,
  KeyEntry,
  ListOptions,
  SetOptions,
  ValueEntry,
} from './client/values.ts';
export { type BrokerConfig, defineConfig } from './config/define.ts';
export {
  type PoolOptions,
  type Preference,
  pool,
  ports,
  type ResetCause,
  slots,
} from './config/pools.ts';
// All of it: an interface that is exported by name cannot be augmented from outside.
export * from './config/register.ts';
export type { Duration } from './protocol/duration.ts';
export { BrokerError, type ErrorCode, type ErrorDetails } from './protocol/errors.ts';
export type { Json } from './protocol/json.ts';
export type { Identity, Notice, Purpose } from './protocol/messages.ts';
