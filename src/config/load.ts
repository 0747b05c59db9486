import { dirname, resolve } from 'node:path';
import { type ResolvedConfig, resolveConfig } from './check.ts';
import { type Environment, findConfig, namedConfig } from './find.ts';
import { evaluate } from './module.ts';
import { type Shard, shardOf } from './shard.ts';
import type { RunnerImport } from './typescript.ts';

export interface LoadOptions {
  /** The directory from which to look: the runner's root. */
  from: string;
  /** The file, as the user named it: then none is looked for. Relative to `from`. */
  file?: string | undefined;
  /** A config given in code: then no file is looked for. */
  inline?: unknown;
  env: Environment;
  /** How the runner imports TypeScript, where it can. */
  import?: RunnerImport | undefined;
  /** Which shard the runner says that this run is, where it says so. */
  shard?: Shard | null | undefined;
}

/**
 * The config for a run: the inline one, else the file's, else one without pools.
 *
 * @throws BrokerError `bad_config`; `bad_option` for what `EPHEMERAL_BROKER_SHARD` says.
 */
export async function loadConfig(options: LoadOptions): Promise<ResolvedConfig> {
  const { from, inline, env } = options;
  const shard = shardOf(env, options.shard);
  if (inline !== undefined)
    return anchored(resolveConfig(inline, 'The inline config', shard), from);
  const file =
    options.file === undefined ? findConfig(from, env) : namedConfig(resolve(from, options.file));
  if (!file) return resolveConfig({}, 'No config file');
  return anchored(resolveConfig(await evaluate(file, options.import), file, shard), dirname(file));
}

/** Paths in a config are relative to its place, wherever the process has changed to since. */
const anchored = (config: ResolvedConfig, directory: string): ResolvedConfig => ({
  ...config,
  journal: config.journal === undefined ? undefined : resolve(directory, config.journal),
  report: config.report === undefined ? undefined : resolve(directory, config.report),
});
