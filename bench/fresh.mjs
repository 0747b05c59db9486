import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { median } from './report.mjs';

const timed = (program) => `const from = process.hrtime.bigint();
${program}
const ns = process.hrtime.bigint() - from;
process.stdout.write(\`\\n\${ns}\`, () => process.exit());
`;

/**
 * Runs the program in `samples` fresh processes, each after one that imports an empty module, and
 * gives the difference of the medians in ms. The clock runs inside: the boot of node is the same in
 * both, and varies by more than what is measured.
 */
export async function fresh(dir, program, samples, env = {}) {
  const [file, bare, empty] = ['program', 'bare', 'empty'].map((name) => `${dir}/${name}.mjs`);
  writeFileSync(file, timed(program));
  writeFileSync(bare, timed(`await import('./empty.mjs');`));
  writeFileSync(empty, '');
  const bares = [];
  const programs = [];
  for (let i = -1; i < samples; i++) {
    const bareMs = await run(bare, env);
    const programMs = await run(file, env);
    if (i < 0) continue; // The first ones read the disk.
    bares.push(bareMs);
    programs.push(programMs);
  }
  return { ms: median(programs) - median(bares) };
}

function run(file, env) {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout: 10_000 };
    execFile(process.execPath, [file], options, (error, stdout) => {
      // Packages may print of their own: the time is what comes last.
      const ns = stdout.match(/\n(\d+)$/)?.[1];
      if (error || !ns) reject(error ?? new Error('the program ended early'));
      else resolve(Number(ns) / 1e6);
    });
  });
}
