/** For tests of models: a promise that is broken ends the program. */
export function must(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`broken: ${promise}`);
}

/** One step of a program, under the name by which a counterexample tells it. */
export const programStep = <World>(name: string, act: (world: World) => void) => ({
  act,
  toString: () => name,
});
