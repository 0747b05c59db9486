export type { Broker } from './broker/broker.ts';
export { type RequestLogOptions, requestLog } from './broker/request-log.ts';
export { startBroker } from './broker/start.ts';
export type { Client } from './client/client.ts';
export { type ConnectOptions, connect } from './client/connect.ts';
export type { Lease } from './client/lease.ts';
export type {
  CallOptions,
  LeaseOptions,
  LockOptions,
  NoticedOptions,
  Pattern,
  PoolLeaseOptions,
  PurposefulOptions,
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
// All of it: an interface that is exported by name cannot be augmented from outside.
export * from './config/actions.ts';
export { type BrokerConfig, defineConfig } from './config/define.ts';
export type { Answer, Middleware, Next, RequestContext } from './config/middleware.ts';
export { definePlugin, type Extensible, type Plugin } from './config/plugin.ts';
export {
  type PoolOptions,
  type Preference,
  pool,
  ports,
  type ResetCause,
  slots,
} from './config/pools.ts';
export type {
  ProvideContext,
  ProvideListener,
  ProviderSpec,
  Provision,
} from './config/provided.ts';
export * from './config/register.ts';
export type { Duration } from './protocol/duration.ts';
export { BrokerError, type ErrorCode, type ErrorDetails } from './protocol/errors.ts';
export type { Json } from './protocol/json.ts';
export type { Identity, Notice, Purpose, Request } from './protocol/messages.ts';
export type { PoolStatus as PoolEntry, Status } from './protocol/status.ts';
