/** The environment variables by which workers find their broker. */
export const PIPE_VARIABLE = 'EPHEMERAL_PIPE';
export const SECRET_VARIABLE = 'EPHEMERAL_SECRET';
/** Names a config file, in place of the search for one. */
export const CONFIG_VARIABLE = 'EPHEMERAL_BROKER_CONFIG';
/** Says which shard of how many a run is (`2/5`), where its runner does not. */
export const SHARD_VARIABLE = 'EPHEMERAL_BROKER_SHARD';
/** The version of the package whose set-up made the broker known: its fixtures must be of the same. */
export const VERSION_VARIABLE = 'EPHEMERAL_BROKER_VERSION';
/** Names a directory for the sockets of brokers, in place of the usual ones: those of one are not found from another. */
export const DIRECTORY_VARIABLE = 'EPHEMERAL_DIR';
/** Names a file to which the broker writes its journal when it stops. */
export const JOURNAL_VARIABLE = 'EPHEMERAL_JOURNAL';

/** Where a broker listens, and the secret by which both ends prove themselves (absent: authentication is off). */
export interface Address {
  pipe: string;
  secret?: string;
}
