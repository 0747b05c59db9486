import type { Source } from './source.ts';

/** A test runner, and how its config comes to have the broker. */
export interface Runner {
  name: string;
  package: string;
  /** The files that can be its config, in the order in which it takes them. */
  files: readonly string[];
  /** Files that list configs elsewhere: with one of them, a project lacks none. */
  lists?: readonly string[];
  /** Whether that file is a config of the runner's, where its name alone does not say so. `declared`: package.json has the runner. */
  owns?(source: Source, declared: boolean): boolean;
  /** Whether the config has the broker already. */
  isThere(source: Source): boolean;
  /**
   * Puts it in.
   *
   * @throws ByHand where that cannot be done without a doubt.
   */
  edit(source: Source): void;
  /** What to write, and where, said to who has to do it by hand. */
  byHand(file: string): string;
  /** The config for a project that has none, of a runner that needs none. */
  fresh?: { file: string; text: string };
}

export const withExtensions = (name: string, extensions: string): string[] =>
  extensions.split(' ').map((extension) => `${name}.${extension}`);
