import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { installation } from './installation.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const preludes = join(import.meta.dirname, 'types', 'docs');
const resolve = createRequire(import.meta.url).resolve;
const TSC = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc');

/** The runners whose types the code may use. */
const VERSIONS = {
  vitest: 'vitest-4',
  jest: 'jest-30',
  playwright: 'playwright-1.65',
  wdio: 'wdio-9',
  'aws-sdk': 'vitest-4-aws',
} as const;
type Runner = keyof typeof VERSIONS;

const COMPILED = ['ts', 'js', 'mjs', 'cjs'];
/** `protocol.test.ts` holds `wire` against a broker; `docs/docs.test.ts` has `json` and the texts of errors. */
const OTHERS = ['', 'json', 'sh', 'text', 'wire'];

/** A fenced block of a page. */
interface Block {
  /** `docs/api.md:3`, the place of its fence. */
  place: string;
  kind: string;
  file: string;
  /** Empty lines stand for what is above it: the compiler counts as the page does. */
  code: string;
  runner: Runner;
}

function blocksOf(page: string, text: string): Block[] {
  return [...text.matchAll(/^( *)```(.*)\n([\s\S]*?)^\1```$/gm)].map((found) => {
    const [indent, kind, code] = found.slice(1) as [string, string, string];
    const line = text.slice(0, found.index).split('\n').length;
    const common = kind === 'js' && /\bmodule\.exports\b|\brequire\(/.test(code);
    return {
      place: `${page}:${line}`,
      kind,
      file: `${page.replaceAll('/', '+')}-${line}.${common ? 'cjs' : kind}`,
      code: '\n'.repeat(line) + code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      runner: runnerOf(page, code),
    };
  });
}

/** The one that it imports, else that of its page, else Vitest. */
function runnerOf(page: string, code: string): Runner {
  const imported = /['"](?:ephemeral-broker\/|@)?(vitest|jest|playwright|wdio|aws-sdk)\b/.exec(
    code,
  )?.[1];
  const named = imported ?? /(\w+)\.md$/.exec(page)?.[1];
  return named !== undefined && named in VERSIONS ? (named as Runner) : 'vitest';
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await readdir(join(root, 'docs')))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const texts = await Promise.all(pages.map((page) => readFile(join(root, page), 'utf8')));
const blocks = pages.flatMap((page, at) => blocksOf(page, texts[at]!));

/** What is compiled at once. What a block declares for others holds for all of its program: it has one of its own. */
const programs = new Map<string, Block[]>();
for (const block of blocks.filter(({ kind }) => COMPILED.includes(kind))) {
  const name = /^declare (module|global)/m.test(block.code) ? block.place : block.runner;
  programs.set(name, [...(programs.get(name) ?? []), block]);
}

test('every block in the docs says what it is, and none is told not to be compiled', () => {
  const fences = texts.flatMap((text) => text.match(/^\s*(```|~~~)/gm) ?? []);
  expect(fences).toHaveLength(2 * blocks.length);
  const unknown = blocks.filter(
    ({ kind, code }) =>
      ![...COMPILED, ...OTHERS].includes(kind) || /@ts-(ignore|nocheck)/.test(code),
  );
  expect(unknown.map(({ place, kind }) => `${place}: ${kind}`)).toEqual([]);
});

test.each([...programs])('the code in the docs compiles (%s)', async (name, blocks) => {
  const { runner } = blocks[0]!;
  const { directory } = await installation(VERSIONS[runner]);
  const place = join(directory, 'docs', name.replaceAll(/\W/g, '-'));
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  for (const prelude of ['broker.config.ts', 'fragments.ts', `${runner}.ts`])
    await cp(join(preludes, prelude), join(place, prelude));
  for (const { file, code } of blocks) await writeFile(join(place, file), code);
  await writeFile(join(place, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    // Blocks share no names.
    moduleDetection: 'force',
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    // What is shipped is compiled by `types.test.ts`.
    skipLibCheck: true,
    types: [],
  };
  await writeFile(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const { stdout } = await run(process.execPath, [TSC, '-p', place], { cwd: place }).catch(
    // A compiler that did not run says nothing there.
    (failed: { stdout?: string }) => ({ stdout: failed.stdout || String(failed) }),
  );
  const told = stdout.replaceAll(
    /^(\S+\.md)-\d+\.\w+\((\d+),\d+\)/gm,
    (_, page: string, line: string) => `${page.replaceAll('+', '/')}:${line}`,
  );
  expect(told).toBe('');
});
