import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Installation,
  installation,
  type NodeVersion,
  type Runner,
  type RunnerVersion,
} from './installation.ts';
import type { JournalEvent } from './journal.ts';
import { Project } from './project.ts';

/** What the matrix does with each runner. */
interface Row {
  /** Arguments for one run of all tests. */
  run: string[];
  /** A file of a witness project, whose `suite.js` has the tests. */
  witness: string;
  witnessName: (n: number) => string;
  /** A test file that fails. */
  failing: string;
  failingName: string;
}

const ROWS: Partial<Record<Runner, Row>> = {
  vitest: {
    run: ['run'],
    witness: "import { suite } from './suite.js';\n\nsuite();\n",
    witnessName: (n) => `file-${n}.test.js`,
    failing:
      "import { test } from './fixtures.mjs';\n\ntest('fails', ({ customer }) => { throw new Error(customer.user); });\n",
    failingName: 'failing.test.mjs',
  },
  jest: {
    run: [],
    witness: "require('./suite.js').suite();\n",
    witnessName: (n) => `file-${n}.test.js`,
    failing:
      "test('fails', async () => { const { value } = await broker.lease('customers'); throw new Error(value.user); });\n",
    failingName: 'failing.test.js',
  },
  playwright: {
    run: ['test'],
    witness: "import { suite } from './suite.js';\n\nsuite();\n",
    witnessName: (n) => `file-${n}.spec.js`,
    failing:
      "import { test } from '../fixtures.ts';\n\ntest('fails', ({ account }) => { throw new Error(account.name); });\n",
    failingName: 'tests/failing.spec.ts',
  },
  wdio: {
    run: ['run', 'wdio.conf.js'],
    witness: "import { suite } from './suite.js';\n\nsuite();\n",
    witnessName: (n) => `file-${n}.spec.js`,
    failing:
      "import { enter } from '../customer.js';\n\nit('fails', async () => { throw new Error((await enter()).name); });\n",
    failingName: 'specs/failing.spec.js',
  },
};

/**
 * What runs where. Vitest 5 and Vite 8 need Node 22.12. Playwright 1.50 hangs on Node 24, without us
 * just so, where it imports an ES module in JavaScript.
 */
const MATRIX: Record<string, NodeVersion[]> = {
  'vitest-3': [20, 22, 24, 26],
  'vitest-4.0': [20, 22, 24, 26],
  'vitest-4': [20, 22, 24, 26],
  'vitest-5': [22, 24, 26],
  'jest-29': [20, 22, 24, 26],
  'jest-30': [20, 22, 24, 26],
  'playwright-1.50': [20, 22],
  'playwright-1.65': [20, 22, 24, 26],
  'wdio-9': [20, 22, 24, 26],
  // See plugins.test.ts.
  'vitest-4-aws': [],
} satisfies Record<RunnerVersion, NodeVersion[]>;

/** Of the examples, what is beyond a version: Vitest before 4.1 has no leases that tests declare. */
const BEYOND: Partial<Record<RunnerVersion, string[]>> = {
  'vitest-3': ['checkout.test.mjs'],
  'vitest-4.0': ['checkout.test.mjs'],
};

/** In the normal tests: the newest of each on Node 20, and where it takes more, on 24. */
const NORMAL: [RunnerVersion, NodeVersion][] = [
  ['vitest-4', 20],
  ['vitest-5', 24],
  ['jest-30', 20],
  ['playwright-1.65', 20],
  ['playwright-1.65', 24],
  ['wdio-9', 20],
];

const ALL = Object.entries(MATRIX).flatMap(([version, nodes]) =>
  nodes.map((node): [RunnerVersion, NodeVersion] => [version as RunnerVersion, node]),
);

const FILES = 8;
const WARNINGS =
  /\bwarn(ing)?\b|deprecat|did not exit|failed to exit|force exited|close timed out|hanging|open handle|leak/i;

const table = new Map<string, string>();

describe.each(process.env.MATRIX === 'all' ? ALL : NORMAL)('%s on Node %i', (version, node) => {
  let installed: Installation;
  let project: Project | undefined;
  /** Where the brokers of this cell have their directories. */
  let runtime: string;
  const mark = randomUUID();
  let since: number;
  let failed = false;
  const cell = `${version} ${node}`;
  table.set(cell, '–');

  beforeAll(async () => {
    since = performance.now();
    installed = await installation(version, node);
    runtime = await mkdtemp(join(tmpdir(), 'eb-'));
  });

  afterEach(async ({ task }) => {
    failed ||= task.result?.state === 'fail';
    await project?.remove();
    project = undefined;
  });

  afterAll(async () => {
    table.set(cell, failed ? 'FAILED' : `${((performance.now() - since) / 1000).toFixed(0)} s`);
    await rm(runtime, { recursive: true });
  });

  async function copyExample(): Promise<Project> {
    const copy = await Project.copy(`examples/${installed.runner}`, installed);
    for (const file of BEYOND[version] ?? []) await rm(join(copy.directory, file));
    return copy;
  }

  async function run(copy: Project) {
    project = copy;
    const env = {
      CELL: mark,
      XDG_RUNTIME_DIR: runtime,
      EPHEMERAL_JOURNAL: join(copy.directory, 'journal.jsonl'),
    };
    const started = copy.start(ROWS[installed.runner]!.run, env);
    const code = await started.ended;
    return { code, output: started.output, journal: await copy.journal() };
  }

  async function expectNothingLeft(journal: JournalEvent[]) {
    const held = new Map<string, string>();
    for (const { type, resources, lease, reason } of journal) {
      if (type === 'grant') {
        const { pool, resource } = resources![0]!;
        expect([...held.values()]).not.toContain(`${pool} ${resource}`);
        held.set(lease!, `${pool} ${resource}`);
      } else if (type === 'end') {
        expect(reason).not.toBe('stopped');
        held.delete(lease!);
      }
    }
    expect([...held.values()]).toEqual([]);
    expect(await readdir(runtime, { recursive: true })).not.toContainEqual(
      expect.stringMatching(/\/b-/),
    );
    expect(await processesOf(mark)).toEqual([]);
  }

  test('the example passes, without a warning, and leaves nothing', async () => {
    const { code, output, journal } = await run(await copyExample());
    expect(code, output).toBe(0);
    expect(output).not.toMatch(WARNINGS);
    expect(journal.filter(({ type }) => type === 'grant').length).toBeGreaterThan(5);
    await expectNothingLeft(journal);
  });

  test('no account is in two hands, by the witness of the file system', async () => {
    const copy = await Project.copy(`${installed.runner}-witness`, installed);
    const { witness, witnessName } = ROWS[installed.runner]!;
    for (let n = 1; n <= FILES; n++) {
      await writeFile(join(copy.directory, witnessName(n)), witness);
    }
    const { code, output, journal } = await run(copy);
    expect(code, output).toBe(0);
    expect(journal.some(({ type }) => type === 'wait')).toBe(true);
    await expectNothingLeft(journal);
  });

  test('a test that fails fails the run, frees its lease, and leaves nothing', async () => {
    const copy = await copyExample();
    const { failing, failingName } = ROWS[installed.runner]!;
    await writeFile(join(copy.directory, failingName), failing);
    const { code, journal } = await run(copy);
    expect(code).toBe(1);
    await expectNothingLeft(journal);
  });
});

afterAll(() => {
  const nodes = [...new Set(Object.values(MATRIX).flat())];
  const rows = Object.keys(MATRIX).map((version) => [
    version,
    ...nodes.map((node) => table.get(`${version} ${node}`) ?? ''),
  ]);
  const lines = [['', ...nodes.map((node) => `Node ${node}`)], ...rows];
  console.log(lines.map((cells) => cells.map((text) => text.padEnd(16)).join('')).join('\n'));
});

/** Those that were started with it in their environment, and run. */
async function processesOf(mark: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, i) => environments[i]!.includes(mark));
}
