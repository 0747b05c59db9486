import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installation, type RunnerVersion } from './installation.ts';
import { Project } from './project.ts';

// Vitest's, and what is wrong with a shard, are in vitest/shard.test.ts.
test.each<[RunnerVersion, string[]]>([
  ['jest-29', []],
  ['jest-30', []],
  ['playwright-1.50', ['test']],
  ['playwright-1.65', ['test']],
])('%s --shard: no account is leased by two shards, and each is by one', async (version, args) => {
  const installed = await installation(version);
  const project = await Project.copy(`${installed.runner}-shard`, installed);
  const leased: string[] = [];
  for (const shard of ['1/2', '2/2']) {
    const started = project.start([...args, `--shard=${shard}`]);
    expect(await started.ended, started.output).toBe(0);
    const accounts = new Set((await project.file('leased.txt')).trim().split('\n'));
    await rm(join(project.directory, 'leased.txt'));
    leased.push([...accounts].sort().join(''));
  }
  expect(leased).toEqual(['ace', 'bd']);
  await project.remove();
});
