// Builds dist/: the code by tsup, the declarations by TypeScript.
//
// The declarations are not bundled: a bundle exports by lists, and TypeScript merges no
// `declare module 'ephemeral-broker' { interface Register … }` into an interface so exported.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './prepare.mjs';

const types = join(ROOT, 'dist/types');
const typesCjs = join(ROOT, 'dist/types-cjs');

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const built =
  run('npx', ['tsup', '--silent']) &&
  run('npx', ['tsc', '-p', 'tsconfig.types.json']) &&
  run('npx', ['tsc', '-p', 'tsconfig.wdio.json']);
if (built) {
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.d.ts')) importJs(join(types, name));
  }
  cpSync(types, typesCjs, { recursive: true });
  writeFileSync(join(typesCjs, 'package.json'), '{ "type": "commonjs" }\n');
}
process.exitCode = built ? 0 : 1;

/** Declarations keep the `.ts` of an import; where they are installed there is no such file. */
function importJs(file) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/((?:from |import\()(['"])\.[^'"]*)\.ts\2/g, '$1.js$2'));
}
