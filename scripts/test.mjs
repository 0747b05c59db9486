// Everything that has to hold: installs what is missing, checks, builds, tests, and ends with one
// line of totals. Needs Node and npm, and for all but the portable part python3, zsh,
// fish, Chromium and its driver.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, run, system } from './prepare.mjs';

const portable = process.argv.includes('--portable');
const reports = mkdtempSync(join(tmpdir(), 'ephemeral-broker-reports-'));
const totals = { passed: 0, failed: 0 };
const failures = [];

if ((portable || step('system', system)) && step('install', install)) {
  step('lint', () => run('npm', ['run', '--silent', 'lint']));
  const built = step('build', build);
  if (built) step('typecheck', () => run('npm', ['run', '--silent', 'typecheck']));
  suite('unit tests', []);
  if (built && !portable) suite('e2e tests', ['--config', 'e2e/vitest.config.ts']);
}
rmSync(reports, { recursive: true });
if (failures.length > 0) console.log(`\nFailed: ${failures.join('\n        ')}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;

/** One check; it counts as one test. */
function step(name, check) {
  console.log(`\n# ${name}`);
  const passed = check();
  totals[passed ? 'passed' : 'failed']++;
  if (!passed) failures.push(name);
  return passed;
}

/** One run of Vitest. One that breaks off without a report, or fails beside its tests, counts as a failure too. */
function suite(name, args) {
  console.log(`\n# ${name}`);
  const file = join(reports, `${name}.json`);
  const outputs = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const passed = run('npx', ['vitest', 'run', ...outputs, ...args]);
  let failed = 0;
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    totals.passed += report.numPassedTests;
    failed = report.numFailedTests;
    for (const { assertionResults } of report.testResults) {
      for (const test of assertionResults) {
        if (test.status === 'failed') failures.push(`${name}: ${test.fullName}`);
      }
    }
  } catch {}
  if (!passed && failed === 0) failures.push(name);
  totals.failed += passed ? failed : Math.max(1, failed);
}
