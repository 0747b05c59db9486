import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { percentile } from './report.mjs';

const PRINT_NOW = `
const now = process.hrtime.bigint();
process.stdout.write(String(now), () => process.exit());`;

/**
 * Runs the program in `samples` fresh processes, each beside one of bare node. Gives the median
 * times in ms from before the start of a process to its program's end, bare node's subtracted.
 */
export async function fresh(dir, program, samples, env = {}) {
  const file = `${dir}/program-${process.pid}.mjs`;
  const bare = `${dir}/bare-${process.pid}.mjs`;
  writeFileSync(file, program + PRINT_NOW);
  writeFileSync(bare, PRINT_NOW);
  const times = { program: [], bare: [] };
  for (let i = -1; i < samples; i++) {
    const bareMs = await run(bare, env);
    const programMs = await run(file, env);
    if (i < 0) continue; // The first ones read the disk.
    times.bare.push(bareMs);
    times.program.push(programMs);
  }
  return { ms: percentile(times.program, 50) - percentile(times.bare, 50) };
}

function run(file, env) {
  const from = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout: 10_000 };
    execFile(process.execPath, [file], options, (error, stdout) => {
      // Packages may print of their own: the time is what comes last.
      const end = stdout.match(/\d+$/)?.[0];
      if (error || !end) reject(error ?? new Error('the program ended early'));
      else resolve(Number(BigInt(end) - from) / 1e6);
    });
  });
}
