// The same 24 tests without the broker, with it, and with logins shared. `npm run demo` builds what this needs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { accounts } from './accounts.mjs';
import { addedLines, isAdded } from './demo/diff.mjs';
import { readHolds } from './demo/journal.mjs';
import { haveToLogIn, loginSeconds, logins, loginsByTest, spread } from './demo/logins.mjs';
import { collided, failed, journalIn, runSuite, SHOP } from './demo/suite.mjs';

/** @typedef {import('./demo/suite.mjs').Run} Run */

const TESTS = 24;
const MAX_TRIES = 3;
const PAIRS = 3;
const WITHOUT = 'vitest.without.config.ts';
const WITH = 'vitest.with.config.ts';

const directory = mkdtempSync(join(tmpdir(), 'shop-demo-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
/** @type {(colour: 'bold' | 'dim' | 'green' | 'red', text: string) => string} */
const paint = (colour, text) => (coloured ? styleText(colour, text) : text);
const say = (text = '') => console.log(text);
/** @type {(ms: number) => string} */
const inMs = (ms) => `${Math.round(ms)} ms`;
/** @type {(seconds: number) => string} */
const inSeconds = (seconds) => `${seconds.toFixed(1)} s`;
/** @typedef {import('./demo/logins.mjs').Spread} Spread */
/** @type {(spread: Spread) => string} */
const inRange = ({ least, median, most }) =>
  `${inSeconds(median)} (${least.toFixed(1)}–${most.toFixed(1)})`;
/** @type {(spreads: [Spread, Spread]) => string} As the rounded medians say it. */
const change = ([before, after]) => {
  const saved = Number(before.median.toFixed(1)) - Number(after.median.toFixed(1));
  return `${inSeconds(Math.abs(saved))} ${saved < 0 ? 'more' : 'less'}`;
};
/** Less is the time that a grant itself takes. */
const waited = (/** @type {number} */ ms) => ms >= 1;

/** @type {(result: import('./demo/reporter.mjs').Result) => string} */
const inWords = ({ file, name, errors }) => `"${name}" (${file}): ${errors[0]?.message}`;

/** What the demo promised and did not show. */
class Broken extends Error {}

/** @param {Run} run */
function checkWhole({ tests, others, output }) {
  if (others.length > 0) throw new Broken(`Outside of the tests: ${others.join('\n')}\n${output}`);
  if (tests.length !== TESTS)
    throw new Broken(`${tests.length} tests ran, not ${TESTS}.\n${output}`);
}

/** @param {Run} run */
function checkOnlyCollisions(run) {
  const other = failed(run).find((result) => !collided(result));
  if (other) throw new Broken(`Not a collision: ${inWords(other)}`);
}

/** @param {Run} run */
function checkPassed(run) {
  checkWhole(run);
  const [failure] = failed(run);
  if (failure) throw new Broken(inWords(failure));
  if (run.code !== 0)
    throw new Broken(`All tests passed, but Vitest ended with ${run.code}.\n${run.output}`);
}

async function showCollisions() {
  say(
    paint('bold', `1. Without the broker: each worker takes accounts[worker % ${accounts.length}]`),
  );
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const run = await runSuite(WITHOUT, directory);
    checkWhole(run);
    checkOnlyCollisions(run);
    const failures = failed(run);
    if (failures.length === 0) {
      say(`   By luck no test collided this time (try ${attempt} of ${MAX_TRIES}).`);
      continue;
    }
    say(
      paint(
        'red',
        `   ${failures.length} of ${TESTS} failed, all by collision (${inSeconds(run.seconds)})`,
      ),
    );
    say();
    for (const { file, name, errors } of failures) {
      say(`   ${paint('red', '✗')} ${name} ${paint('dim', file)}`);
      say(`     ${errors[0]?.message}`);
    }
    say();
    return;
  }
  throw new Broken(
    'No test collided, so there is nothing to cure: this machine ran them too far apart.',
  );
}

async function showCure() {
  const [before, after] = [WITHOUT, WITH].map((name) => readFileSync(join(SHOP, name), 'utf8'));
  const diff = addedLines(String(before), String(after));
  if (diff.filter(isAdded).length !== 1) throw new Broken(`${WITH} adds more than one line.`);
  say(paint('bold', `2. With one line added (${WITHOUT} → ${WITH})`));
  for (const line of diff) say(`   ${isAdded(line) ? paint('green', line) : line}`);
  say(
    '   The rest is the same in both runs: the tests, the pool in broker.config.mjs, and fixtures.ts,',
  );
  say('   which leases the account, or takes it by worker where no broker runs.');
  say();
  const run = await runSuite(WITH, directory);
  checkPassed(run);
  say(paint('green', `   ${TESTS} of ${TESTS} passed (${inSeconds(run.seconds)})`));
  say();
}

function showHolds() {
  const { holds, overlaps } = readHolds(journalIn(directory), 'accounts');
  const all = holds.flat();
  const width = Math.max(...all.map(({ test }) => test.length)) + 2;
  /** @type {(...cells: string[]) => string} */
  const row = (first = '', ...cells) =>
    `   ${first.padEnd(width)}${cells.map((cell) => cell.padStart(9)).join('')}`.trimEnd();
  say(paint('bold', '3. Who held what, and how long the waits were'));
  say();
  say(paint('dim', row('', 'worker', 'waited', 'held')));
  for (const [index, { name }] of accounts.entries()) {
    say(paint('bold', row(name)));
    for (const { test, worker, waitedMs, heldMs } of holds[index] ?? []) {
      say(row(`  ${test}`, worker, waited(waitedMs) ? inMs(waitedMs) : '–', inMs(heldMs)));
    }
  }
  const waits = all.map(({ waitedMs }) => waitedMs).filter(waited);
  const total = inMs(waits.reduce((sum, ms) => sum + ms, 0));
  const longest = inMs(Math.max(0, ...waits));
  say();
  say(`   ${all.length} leases, ${waits.length} of them after a wait.`);
  say(`   The longest wait took ${longest}; all together, over 8 workers, ${total}.`);
  if (overlaps > 0) throw new Broken(`An account was granted while it was held (${overlaps}×).`);
  if (all.length !== TESTS) throw new Broken(`The journal has ${all.length} leases, not ${TESTS}.`);
  const kept = all.find(({ reason }) => reason !== 'released');
  if (kept) throw new Broken(`"${kept.test}" did not give its account back: ${kept.reason}.`);
  say('   No account was ever in two hands, and every one came back.');
  say();
}

/**
 * Exactly one login for each account, one more after each test that ended the session, and those
 * that tests make themselves, as they do with a login per test.
 *
 * @param {Run} perTest @param {Run} perAccount
 */
function checkLogins(perTest, perAccount) {
  const byAccount = haveToLogIn(readHolds(journalIn(directory), 'accounts').holds, perAccount);
  const made = byAccount.flat();
  const [before, after] = [loginsByTest(perTest), loginsByTest(perAccount)];
  for (const [test, count = 0] of after) {
    const own = (before.get(test) ?? 0) - 1;
    const due = made.includes(test) ? 1 : 0;
    if (own < 0) throw new Broken(`"${test}" was to log in, and did not.`);
    if (count !== due + own) throw new Broken(`"${test}" logged in ${count}×, not ${due + own}×.`);
  }
  const used = byAccount.filter((tests) => tests.length > 0).length;
  return { used, anew: made.length - used, own: logins(perAccount) - made.length };
}

async function showLogins() {
  const line = readFileSync(join(SHOP, 'fixtures.ts'), 'utf8')
    .split('\n')
    .find((line) => line.includes('broker.once('));
  if (!line) throw new Broken('fixtures.ts asks nothing of `broker.once`.');
  say(paint('bold', '4. The login once per account, instead of once per test'));
  say(`     ${paint('green', line.trim())}`);
  say(`   The whole suite, with the broker, ${PAIRS} times each way, by turns; medians:`);
  say();
  /** @type {{ perTest: Run, perAccount: Run, parts: ReturnType<typeof checkLogins> }[]} */
  const pairs = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const perTest = await runSuite(WITH, directory);
    checkPassed(perTest);
    const perAccount = await runSuite(WITH, directory, { SHOP_LOGIN: 'once' });
    checkPassed(perAccount);
    pairs.push({ perTest, perAccount, parts: checkLogins(perTest, perAccount) });
  }
  /** @type {(measure: (run: Run) => number) => [Spread, Spread]} */
  const both = (measure) => [
    spread(pairs.map(({ perTest }) => measure(perTest))),
    spread(pairs.map(({ perAccount }) => measure(perAccount))),
  ];
  const counts = both(logins);
  const times = both(loginSeconds);
  const walls = both(({ seconds }) => seconds);
  /** @type {(...cells: string[]) => string} */
  const row = (first = '', ...cells) =>
    `   ${first.padEnd(18)}${cells.map((cell) => cell.padStart(20)).join('')}`;
  say(paint('dim', row('', 'logins', 'until logged in', 'the whole run')));
  for (const [index, name] of /** @type {const} */ ([
    [0, 'once per test'],
    [1, 'once per account'],
  ])) {
    say(row(name, `${counts[index].median}`, inRange(times[index]), inRange(walls[index])));
  }
  say();
  const sums = pairs.map(
    ({ parts: { used, anew, own } }) =>
      `   Once per account is ${used} for ${used} accounts, ${anew} anew after tests that ended the session,\n   and ${own} that tests of logins make themselves, both ways.`,
  );
  for (const text of new Set(sums)) say(text);
  const saved = counts[0].median - counts[1].median;
  say();
  say(paint('green', `   ${saved} logins fewer; being logged in cost the tests ${change(times)}.`));
  say('   That is the sum over 8 workers, with what each needs for its first request, both ways.');
  const noise = Math.max(...walls.map(({ least, most }) => most - least));
  say(
    `   The whole run took ${change(walls)}. Runs of one kind differ by up to ${inSeconds(noise)},`,
  );
  say('   so few of them tell little more about the whole.');
}

say();
say('A web shop: a second login of an account ends its first session.');
say(`${accounts.length} accounts, ${TESTS} tests, 8 workers; nothing in them waits on purpose.`);
say();
try {
  await showCollisions();
  await showCure();
  showHolds();
  await showLogins();
} catch (error) {
  say();
  console.error(`The demo failed. ${error instanceof Broken ? error.message : error}`);
  process.exitCode = 1;
}
