/** @typedef {import('./suite.mjs').Run} Run */
/** @typedef {import('./journal.mjs').Hold} Hold */
/** @typedef {{ least: number, median: number, most: number }} Spread */

/**
 * The tests that have to log in where the account's session is shared: the first on each account,
 * and who comes after a test that ended the session.
 *
 * @param {Hold[][]} holds @param {Run} run
 */
export function haveToLogIn(holds, { tests }) {
  const ending = new Set(tests.filter(({ meta }) => meta.endsSession).map(({ name }) => name));
  return holds.map((list) =>
    list.map(({ test }) => test).filter((_, i) => i === 0 || ending.has(list[i - 1]?.test ?? '')),
  );
}

/** @param {Run} run @returns {Map<string, number>} By test: its customer's login, and its own. */
export const loginsByTest = ({ tests }) =>
  new Map(tests.map(({ name, meta }) => [name, meta.logins ?? 0]));

/** @param {Run} run */
export const logins = ({ tests }) => sum(tests.map(({ meta }) => meta.logins ?? 0));

/** @param {Run} run How long the tests took to be logged in, all together. */
export const loginSeconds = ({ tests }) => sum(tests.map(({ meta }) => meta.loginMs ?? 0)) / 1000;

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @param {number[]} numbers @returns {Spread} */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  return { least, most, median: sorted[Math.floor(sorted.length / 2)] ?? 0 };
}
