// npm run bench [-- --quick] [--only ours,ioredis] [--measure get,hand-over] [--json FILE]; see README.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Child, pinning } from './pinned.mjs';
import { Report } from './report.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ALL_MEASUREMENTS = ['get', 'in-flight', 'processes', 'hand-over', 'connect', 'import'];
const WITHOUT_PEERS = ['floor2b', 'floor2c', 'ours'];
const PEERS = [
  'ioredis',
  'node-redis',
  'node-ipc',
  'original',
  'redlock',
  'proper-lockfile',
  'wdio',
  'global-cache',
];
const FULL = { rounds: 5, warmMs: 400, runMs: 800, samples: 6 };
const QUICK = { rounds: 3, warmMs: 200, runMs: 350, samples: 4 };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    only: { type: 'string' },
    measure: { type: 'string' },
    json: { type: 'string' },
  },
});
const timing = options.quick ? QUICK : FULL;
const MEASUREMENTS = options.measure?.split(',') ?? ALL_MEASUREMENTS;
const contenders = chosen();
if (contenders.some((name) => PEERS.includes(name))) install();

const startedAt = performance.now();
const results = Object.fromEntries(
  ALL_MEASUREMENTS.map((measurement) => [
    measurement,
    Object.fromEntries(
      contenders.map((name) => [
        name,
        { rounds: [], na: MEASUREMENTS.includes(measurement) ? undefined : 'not asked for' },
      ]),
    ),
  ]),
);
for (let round = 0; round < timing.rounds; round++) {
  // Another one goes first in every round.
  const shift = round % contenders.length;
  const order = [...contenders.slice(shift), ...contenders.slice(0, shift)];
  for (const measurement of MEASUREMENTS) {
    for (const name of order) {
      progress(`round ${round + 1} of ${timing.rounds}: ${measurement}, ${name}`);
      const result = results[measurement][name];
      try {
        if (!result.na) result.rounds[round] = await measure(name, measurement);
      } catch (error) {
        result.na = why(error);
      }
    }
  }
}
progress('');

const report = new Report(results, contenders);
const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(`Node ${process.versions.node}, ${versions()}
${timing.rounds} interleaved rounds in ${seconds} s on ${cpus().length} × ${cpus()[0].model.trim()}; ${pinning ? `pinned to core ${pinning[1]}, or ${pinning[2]} where two are used` : 'not pinned: taskset is missing, so latencies include wake-ups of other cores'}.
Cells: the ratio to floor2b of the same round (and the value itself), medians over the rounds.

${report.tables()}
${report.targetsTable()}`);
if (options.json) {
  const json = { node: process.versions.node, timing, results, targets: report.targets() };
  writeFileSync(options.json, `${JSON.stringify(json, null, 2)}\n`);
}

/** One measurement of one contender: a server of its own, the drivers, nothing left behind. Nothing measured gives undefined. */
async function measure(contender, measurement) {
  const { cores, processes, merge, warmMs } = await import(`./measure/${measurement}.mjs`);
  const dir = mkdtempSync(join(tmpdir(), 'bench-'));
  const server = new Child(cores);
  const drivers = [];
  try {
    const { ready: address } = await server.ask({ role: 'serve', contender, dir });
    for (let i = 0; i < processes; i++) drivers.push(new Child(cores));
    const spec = {
      role: 'drive',
      contender,
      measurement,
      address,
      dir,
      timing: { ...timing, ...(warmMs && { warmMs }) },
    };
    const answers = await Promise.all(drivers.map((driver) => driver.ask(spec)));
    if (!answers.every(({ ready }) => ready)) return undefined;
    const measured = await Promise.all(drivers.map((driver) => driver.ask({ go: true })));
    return merge(measured.map(({ result }) => result));
  } finally {
    await Promise.all(drivers.map((driver) => driver.stop(false)));
    await server.stop(true);
    rmSync(dir, { recursive: true, force: true });
  }
}

function chosen() {
  const all = [...WITHOUT_PEERS, ...PEERS];
  const only = options.only?.split(',') ?? (options.quick ? WITHOUT_PEERS : all);
  const unknown = only.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    console.error(`No contender ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
    process.exit(2);
  }
  return all.filter((name) => name === 'floor2b' || only.includes(name));
}

function dependencies() {
  return Object.entries(JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8')).dependencies);
}

function installedVersion(name) {
  try {
    const file = join(HERE, 'node_modules', name, 'package.json');
    return JSON.parse(readFileSync(file, 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** Without the packages' install scripts: one of them would fetch browsers. What fails is seen as n/a in the tables. */
function install() {
  if (dependencies().every(([name, version]) => installedVersion(name) === version)) return;
  console.error('Installing the peers …');
  const args = [
    'install',
    '--prefix',
    HERE,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: HERE });
}

function versions() {
  const redis = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout;
  const peers = contenders.some((name) => PEERS.includes(name))
    ? dependencies().map(([name]) => `${name} ${installedVersion(name) ?? 'missing'}`)
    : [];
  return [`redis-server ${redis?.match(/v=(\S+)/)?.[1] ?? 'missing'}`, ...peers].join(', ');
}

function why({ code, message }) {
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return message.includes('/dist/')
      ? 'not built (npm run build)'
      : `not installed: ${message.split(' imported from')[0]}`;
  }
  return message.split('\n')[0].slice(0, 100);
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
