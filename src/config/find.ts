import { existsSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { CONFIG_VARIABLE } from '../protocol/environment.ts';
import { badConfig } from './problems.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json'];

/**
 * The config file: the one that `EPHEMERAL_BROKER_CONFIG` names (relative to `from`), else the
 * nearest `broker.config.*`, from `from` upwards to the repository's root: the directory with `.git`,
 * or without one the file system's.
 *
 * @throws BrokerError `bad_config`: the variable names no file, or two files stand side by side.
 */
export function findConfig(from: string, env: Environment): string | undefined {
  const named = env[CONFIG_VARIABLE];
  if (named) return namedConfig(resolve(from, named), `, but ${CONFIG_VARIABLE} names it`);
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    const [file, other] = EXTENSIONS.map((extension) =>
      join(directory, `broker.config${extension}`),
    ).filter(isFile);
    if (file && other) {
      throw badConfig(
        file,
        `and ${other} are both there: which one holds is not defined. Remove one.`,
      );
    }
    if (file) return file;
    if (existsSync(join(directory, '.git')) || dirname(directory) === directory) return undefined;
  }
}

/** @throws BrokerError `bad_config`: there is no such file, or it is of no kind that can be a config. */
export function namedConfig(file: string, why = ''): string {
  if (!isFile(file)) {
    throw badConfig(file, `is not there, or is no file${why}.`);
  }
  if (!EXTENSIONS.includes(extname(file))) {
    throw badConfig(file, `can be no config${why}: configs end in ${EXTENSIONS.join(', ')}.`);
  }
  return file;
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
