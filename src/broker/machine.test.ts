import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { MachineUse } from './machine.ts';

const SPENDS = 'while (process.cpuUsage().user < 200_000);';

test('tells nothing before it was to watch', () => {
  expect(new MachineUse().told()).toBeUndefined();
});

test('tells how many processors are busy, ours and those of others', () => {
  const use = new MachineUse();
  use.watch();
  const since = process.cpuUsage();
  while (process.cpuUsage(since).user < 50_000);
  const { processors, own, others } = use.told()!;
  expect(processors).toBeGreaterThanOrEqual(1);
  expect(own).toBeGreaterThan(0);
  expect(others).toBeGreaterThanOrEqual(0);
});

test.runIf(process.platform === 'linux')('what we start counts as ours', () => {
  const use = new MachineUse();
  const from = performance.now();
  const before = process.cpuUsage();
  use.watch();
  execFileSync(process.execPath, ['-e', SPENDS]);
  const { own } = use.told()!;
  const spent = process.cpuUsage(before);
  const here = (spent.user + spent.system) / 1_000;
  // Of the 200 ms that it spends, some may be told a tick late.
  expect(own * (performance.now() - from)).toBeGreaterThan(here + 150);
});
