import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { installation } from './installation.ts';
import { environment, Project } from './project.ts';

const run = promisify(execFile);
const resolve = createRequire(import.meta.url).resolve;
const TSC = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc');

let project: Project;
afterEach(() => project.remove());

test('the plugin that is an example passes its tests, and its types hold, with the packed package', async () => {
  project = await Project.copy('examples/plugin', await installation('vitest-4'));
  const started = project.start(['run']);
  expect([await started.ended, started.output]).toEqual([0, expect.stringContaining('4 passed')]);
  const compiled = run(process.execPath, [TSC, '-p', project.directory]).catch((error) => error);
  expect((await compiled).stdout).toBe('');
});

test('a run has AWS credentials that were asked for once, with the packed package', async () => {
  project = await Project.copy('examples/aws-sts', await installation('vitest-4-aws'));
  const started = project.start(['run']);
  expect(await started.ended, started.output).toBe(0);
  expect(started.output).toContain('7 passed');
  expect(started.output).toContain('STS was asked 1 time(s), and refused 0.');
});

test.each([
  ['mjs', (name: string, from: string) => `import { ${name} } from '${from}';`],
  ['cjs', (name: string, from: string) => `const { ${name} } = require('${from}');`],
])('without the AWS SDK it says what to install (%s)', async (extension, load) => {
  project = await Project.copy('examples/plugin', await installation('vitest-4'));
  const file = join(project.directory, `ask.${extension}`);
  const script = `${load('connect, startBroker', 'ephemeral-broker')}
${load('awsSts', 'ephemeral-broker/aws-sts')}
(async () => {
  const plugins = [awsSts({ roleArn: 'arn:aws:iam::123456789012:role/tests' })];
  const broker = await startBroker({ plugins });
  const client = await connect(broker);
  const told = await client.value('aws-sts').catch(({ code, message }) => ({ code, message }));
  console.log(JSON.stringify(told));
  await client.close();
  await broker.stop();
})();
`;
  await writeFile(file, script);
  const { stdout } = await run(process.execPath, [file], { env: environment() });
  expect(JSON.parse(stdout)).toEqual({
    code: 'aws-sts/no_sdk',
    message: expect.stringContaining('npm install --save-dev @aws-sdk/client-sts'),
  });
});
