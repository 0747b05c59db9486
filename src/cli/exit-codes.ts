import type { BrokerError, ErrorCode } from '../protocol/errors.ts';

/** By which a script can tell what happened. Those of a command that was run come through as they are. */
export const EXIT = {
  done: 0,
  /** What was asked for failed, or is not there. */
  failed: 1,
  /** As most tools of the shell have it. */
  wrongUse: 2,
  /** No broker answers: there is none, or nobody can tell which. EX_UNAVAILABLE of sysexits.h. */
  noBroker: 69,
  /** Waited in vain; later may do. EX_TEMPFAIL of sysexits.h. */
  timedOut: 75,
  /** The lease was lost under the command. The next free one beside EX_TEMPFAIL that commands seldom use. */
  leaseLost: 76,
  /** As a shell says it: found but not to be run, not found, and ended by signal n. */
  notExecutable: 126,
  notFound: 127,
  signalled: 128,
} as const;

const OF_ERRORS: Partial<Record<ErrorCode, number>> = {
  bad_config: EXIT.wrongUse,
  bad_option: EXIT.wrongUse,
  bad_request: EXIT.wrongUse,
  config_mismatch: EXIT.wrongUse,
  not_json: EXIT.wrongUse,
  ttl_required: EXIT.wrongUse,
  auth_failed: EXIT.noBroker,
  auth_required: EXIT.noBroker,
  bad_address: EXIT.noBroker,
  bad_line: EXIT.noBroker,
  broker_gone: EXIT.noBroker,
  broker_unresponsive: EXIT.noBroker,
  no_broker: EXIT.noBroker,
  several_brokers: EXIT.noBroker,
  stopping: EXIT.noBroker,
  unsupported_version: EXIT.noBroker,
  wait_timeout: EXIT.timedOut,
  lease_lost: EXIT.leaseLost,
};

export const exitCodeOf = (error: BrokerError): number => OF_ERRORS[error.code] ?? EXIT.failed;
