/**
 * What a runner's config file says in code, until the set-up asks for it: the one is evaluated in
 * the process in which the other runs, and functions in a config survive no other way.
 */
export interface Given {
  /** Configs for the broker. */
  configs: unknown[];
  /** Set-ups of the user's, which ours has taken the place of. */
  setUps: UserHook[];
  tearDowns: UserHook[];
}

/** A module, as a config named it. */
export interface UserHook {
  path: string;
  /** What `<rootDir>` and relative paths stand for, where the config says it. */
  rootDir: string | undefined;
}

/** What was given for a runner in this process. */
export function givenFor(runner: string): Given {
  const key = Symbol.for(`ephemeral-broker.${runner}.given`);
  const place = globalThis as { [key: symbol]: Given | undefined };
  place[key] ??= { configs: [], setUps: [], tearDowns: [] };
  return place[key];
}
