import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { MachineUse } from './machine.ts';

const SPENDS = 'while (process.cpuUsage().user < 200_000);';

function spendHere(ms: number): void {
  const since = process.cpuUsage();
  while (process.cpuUsage(since).user < ms * 1_000);
}

test('tells nothing before it was to watch', () => {
  expect(new MachineUse().told()).toBeUndefined();
});

test('tells how many processors are busy, of how many', () => {
  const use = new MachineUse();
  use.watch();
  spendHere(50);
  const { processors, own } = use.told()!;
  expect(processors).toBe(availableParallelism());
  expect(own).toBeGreaterThan(0);
});

describe.runIf(process.platform === 'linux')('what is ours', () => {
  /** What `MachineUse` tells of the time of `run`, in milliseconds; and what this process spent in it. */
  async function spentIn(run: () => unknown) {
    const use = new MachineUse();
    const from = performance.now();
    const before = process.cpuUsage();
    use.watch();
    await run();
    const { own, others } = use.told()!;
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(before);
    return { ownMs: own * ms, othersMs: others * ms, hereMs: (user + system) / 1_000 };
  }

  // Each spends 200 ms, of which some may be told a tick late.
  test('is also what we start', async () => {
    const { ownMs, hereMs } = await spentIn(() => execFileSync(process.execPath, ['-e', SPENDS]));
    expect(ownMs).toBeGreaterThan(hereMs + 150);
  });

  test('is not what others run', async () => {
    const { ownMs, othersMs, hereMs } = await spentIn(() =>
      // Nobody's child, when its shell has ended.
      execFileSync('sh', ['-c', '"$0" -e "$1" &', process.execPath, SPENDS]),
    );
    expect(ownMs).toBeLessThan(hereMs + 100);
    expect(othersMs).toBeGreaterThan(150);
  });

  test('is nothing, and not less, where more has left us than we spent', async () => {
    const script = `${SPENDS} console.log(1); process.stdin.resume();`;
    const shell = spawn('sh', ['-c', '"$0" -e "$1" <&0 & read x', process.execPath, script]);
    await once(shell.stdout, 'data');
    const { ownMs } = await spentIn(async () => {
      shell.kill('SIGKILL');
      await once(shell, 'exit');
      spendHere(50);
    });
    shell.stdin.end();
    expect(ownMs).toBe(0);
  });
});
