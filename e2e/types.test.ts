import { execFile } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

const run = promisify(execFile);
const resolve = createRequire(import.meta.url).resolve;
const { directory } = inject('vitest4');

const compilers = [
  { typescript: '7', tsc: join(dirname(resolve('typescript/package.json')), 'bin', 'tsc') },
  { typescript: '6', tsc: join(dirname(resolve('typescript-6/package.json')), 'bin', 'tsc') },
];
const projects = [
  { project: 'esm', type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { project: 'esm', type: 'module', module: 'esnext', moduleResolution: 'bundler' },
  { project: 'cjs', type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
];

/** The sources say by `@ts-expect-error` what must not compile. */
test.each(
  compilers.flatMap((compiler) => projects.map((project) => ({ ...compiler, ...project }))),
)(
  'TypeScript $typescript types names and values in $project projects ($moduleResolution)',
  async ({ tsc, project, type, module, moduleResolution }) => {
    const place = join(directory, `types-${project}`);
    await rm(place, { recursive: true, force: true });
    await cp(join(import.meta.dirname, 'types', project), place, { recursive: true });
    await writeFile(join(place, 'package.json'), JSON.stringify({ private: true, type }));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      skipLibCheck: true,
      types: [],
      module,
      moduleResolution,
    };
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const { stdout } = await run(process.execPath, [tsc, '-p', place], { cwd: place }).catch(
      (failed: { stdout: string }) => failed,
    );
    expect(stdout).toBe('');
  },
);
