import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, startBroker } from 'ephemeral-broker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { NEWEST, NEWEST_NODE, OLDEST, PlaywrightProject, type Run } from './run.ts';

const ACCOUNTS = [
  { user: 'ann', role: 'buyer' },
  { user: 'bob', role: 'buyer' },
];

let project: PlaywrightProject;
afterEach(() => project.remove());

/** Each way to write the config; the broker's own is `broker.config.ts`, in TypeScript that Node takes on no version. */
const CONFIGS: Record<string, [file: string, text: string]> = {
  'the line by hand, in TypeScript': [
    'playwright.config.ts',
    `import { defineConfig } from '@playwright/test';
     export default defineConfig({ globalSetup: 'ephemeral-broker/playwright' });`,
  ],
  'withBroker in TypeScript': [
    'playwright.config.ts',
    `import { defineConfig } from '@playwright/test';
     import { withBroker } from 'ephemeral-broker/playwright';
     export default withBroker(defineConfig({}));`,
  ],
  'withBroker in an ES module': [
    'playwright.config.mjs',
    `import { withBroker } from 'ephemeral-broker/playwright';
     export default withBroker({ globalSetup: './users-setup.mjs' });`,
  ],
  'withBroker in CommonJS': [
    'playwright.config.cjs',
    `const { withBroker } = require('ephemeral-broker/playwright');
     module.exports = withBroker({ globalSetup: ['./users-setup.mjs'] });`,
  ],
  'the broker config imported': [
    'playwright.config.ts',
    `import { withBroker } from 'ephemeral-broker/playwright';
     import broker from './broker.config';
     export default withBroker({}, { ...broker, journal: 'journal.jsonl' });`,
  ],
};

async function write(kind: keyof typeof CONFIGS, type = 'module'): Promise<string> {
  const [file, text] = CONFIGS[kind]!;
  await writeFile(join(project.directory, 'package.json'), JSON.stringify({ type }));
  await writeFile(join(project.directory, file), text);
  return `--config=${file}`;
}

function expectGreen(run: Run): void {
  expect(run.errors, run.output).toEqual([]);
  const states = [...run.tests.values()].map(({ name, status, message }) => [
    name,
    status,
    message,
  ]);
  expect(states).toEqual(states.map(([name]) => [name, 'passed', '']));
  expect(states).toHaveLength(4);
  expect(run.code).toBe(0);
  expect(run.output).not.toMatch(/warning/i);
}

test.each([OLDEST, NEWEST_NODE])(
  '%s on Node %i runs with one line of config',
  async (...version) => {
    project = await PlaywrightProject.copy('playwright-setup', await installation(...version));
    expectGreen(await project.run([await write('the line by hand, in TypeScript')]));
  },
);

describe('the set-up', () => {
  beforeEach(async () => {
    project = await PlaywrightProject.copy('playwright-setup', await installation(...NEWEST));
  });

  test.each(Object.keys(CONFIGS))('is run with %s', async (kind) => {
    for (const type of ['module', 'commonjs']) {
      const run = await project.run([await write(kind, type)]);
      expectGreen(run);
      const users = CONFIGS[kind]![1].includes('users-setup');
      expect(run.output.includes('torn down with the broker: true')).toBe(users);
    }
  });

  test('makes one connection for a worker, however often it is evaluated, and none where no test asks', async () => {
    const config = await write('withBroker in TypeScript');
    await project.run([config, '--workers=1']);
    const sessions = async () =>
      (await project.journal()).filter(({ type }) => type === 'session').length;
    // The modules of `import` and of `require` are two clients of one connection.
    expect(await sessions()).toBe(1);
    await project.run([config, '--grep=uses nothing']);
    expect(await sessions()).toBe(0);
  });

  test('gives functions of an inline config to the broker, and nothing of it to workers', async () => {
    await writeFile(
      join(project.directory, 'playwright.config.mjs'),
      `import { slots } from 'ephemeral-broker';
       import { withBroker } from 'ephemeral-broker/playwright';
       const pools = { accounts: slots(2, (n) => ({ user: 'slot ' + n, role: 'buyer' })) };
       export default withBroker({}, { pools });`,
    );
    expectGreen(await project.run(['--config=playwright.config.mjs']));
  });

  test('a missing one is told by those who need it, with the line to add; others are not disturbed', async () => {
    await writeFile(join(project.directory, 'playwright.config.ts'), 'export default {};');
    const run = await project.run();
    expect(run.code).toBe(1);
    expect(run.tests.get('uses nothing of the broker')!.status).toBe('passed');
    for (const name of ['leases in TypeScript', 'leases in an ES module', 'leases in CommonJS']) {
      const { message } = run.tests.get(name)!;
      expect(message).toContain(
        "add  globalSetup: 'ephemeral-broker/playwright'  to playwright.config.ts, or wrap the config: withBroker(defineConfig({ … }))",
      );
    }
  });

  test('that fails is told with the file, ends the run, and starts no test', async () => {
    const file = join(project.directory, 'broker.config.ts');
    await writeFile(file, 'export default { pols: {} };');
    const run = await project.run([await write('withBroker in TypeScript')]);
    expect(run.code).toBe(1);
    expect(run.attempts).toEqual([]);
    expect(run.errors.join()).toContain(file);
    expect(run.errors.join()).toContain("Did you mean 'pools'?");
  });

  describe('of another copy of the package', () => {
    /** Runs the tests with this package, and their set-up with a copy of it. */
    async function runWithCopy(version?: string): Promise<Run> {
      const { directory } = project.installation;
      const copy = join(project.directory, 'copy');
      await cp(join(directory, 'node_modules', 'ephemeral-broker'), copy, { recursive: true });
      if (version !== undefined) {
        const setUp = join(copy, 'dist', 'playwright-setup.js');
        const text = await readFile(setUp, 'utf8');
        await writeFile(setUp, text.replace(/"\d+\.\d+\.\d+"/, JSON.stringify(version)));
      }
      await writeFile(
        join(project.directory, 'playwright.config.mjs'),
        `import { withBroker } from './copy/dist/playwright.js';
         export default withBroker({ testIgnore: 'copy/**' });`,
      );
      return project.run(['--config=playwright.config.mjs']);
    }

    test('serves the tests of this one', async () => {
      expectGreen(await runWithCopy());
    });

    test('is told to be of another version by those who need it', async () => {
      const run = await runWithCopy('9.9.9');
      expect(run.tests.get('uses nothing of the broker')!.status).toBe('passed');
      expect(run.tests.get('leases in TypeScript')!.message).toContain(
        'Two versions of ephemeral-broker are in this run: the set-up is of 9.9.9',
      );
    });
  });

  describe('where a broker is in the environment', () => {
    test('joins it', async () => {
      await using broker = await startBroker({ pools: { accounts: ACCOUNTS } });
      expectGreen(await project.run([await write('withBroker in TypeScript')], broker.env));
      await using client = await connect(broker);
      expect(await client.get('tests')).toBe(2);
    });

    test('refuses it when its pools are others', async () => {
      await using broker = await startBroker({ pools: { accounts: ['ann'] } });
      const run = await project.run([await write('withBroker in TypeScript')], broker.env);
      expect(run.code).toBe(1);
      expect(run.errors.join()).toContain("its pool 'accounts' has 1 values, not 2");
      expect(run.output).not.toContain(broker.secret);
    });

    test('says so when it is dead', async () => {
      const broker = await startBroker();
      await broker.stop();
      const run = await project.run([await write('withBroker in TypeScript')], broker.env);
      expect(run.code).toBe(1);
      expect(run.errors.join()).toContain(`The broker at ${broker.pipe} is gone`);
    });
  });
});
