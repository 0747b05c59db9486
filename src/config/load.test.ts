import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { BrokerError } from '../protocol/errors.ts';
import * as source from './load.ts';

type Loader = typeof source;

/** Where the loader is put as it is packed: the runner of these tests would import files in its own way. */
const built = mkdtempSync(join(tmpdir(), 'load-built-'));
afterAll(() => rmSync(built, { recursive: true }));

/** The loader as Node runs it. */
async function packed(format: 'esm' | 'cjs'): Promise<Loader> {
  const extension = format === 'esm' ? 'mjs' : 'cjs';
  const outfile = join(built, 'node_modules', 'loader', `load.${extension}`);
  const entry = fileURLToPath(new URL('./load.ts', import.meta.url));
  buildSync({
    entryPoints: [entry],
    outfile,
    format,
    bundle: true,
    platform: 'node',
    target: 'node20',
  });
  return format === 'esm' ? import(pathToFileURL(outfile).href) : createRequire(outfile)(outfile);
}

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'load-config-')));
  put('.git/HEAD', '');
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** What a config says whose one pool is `a`, with these values. */
const saying = (values: unknown[]) =>
  expect.objectContaining({ pools: [expect.objectContaining({ definition: { values } })] });

/** The `bad_config` that the loading must end in. */
async function refusal(loading: Promise<unknown>): Promise<BrokerError> {
  const error = await loading.then(
    () => new Error('was not refused'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof BrokerError && error.code === 'bad_config') return error;
  throw error;
}

/** How each kind of file says that its pool `a` holds one number. */
const FORMATS: [name: string, text: (n: number) => string, type?: string][] = [
  ['broker.config.mjs', (n) => `export default { pools: { a: [${n}] } }`],
  ['broker.config.cjs', (n) => `module.exports = { pools: { a: [${n}] } }`],
  ['broker.config.js', (n) => `module.exports = { pools: { a: [${n}] } }`, 'commonjs'],
  ['broker.config.js', (n) => `export default { pools: { a: [${n}] } }`, 'module'],
  ['broker.config.json', (n) => `{ "pools": { "a": [${n}] } }`],
  [
    'broker.config.cjs',
    (n) =>
      `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = { pools: { a: [${n}] } };`,
  ],
];

test.each(FORMATS)(
  'the loader, linked and so run by the runner, reads %s',
  async (name, text, type) => {
    put('package.json', JSON.stringify({ type }));
    put(name, text(1));
    expect(await source.loadConfig({ from: root, env: {} })).toEqual(saying([1]));
  },
);

describe.each(['esm', 'cjs'] as const)('the loader, packed as %s,', (format) => {
  let loadConfig: Loader['loadConfig'];
  beforeAll(async () => {
    ({ loadConfig } = await packed(format));
  });
  const load = (more: Partial<source.LoadOptions> = {}) =>
    loadConfig({ from: root, env: {}, ...more });

  test.each(FORMATS)('reads %s, and anew when it was edited', async (name, text, type) => {
    put('package.json', JSON.stringify({ type }));
    for (const n of [1, 2, 3]) {
      const file = put(name, text(n));
      const config = await load();
      expect(config).toEqual(saying([n]));
      expect(config.source).toBe(file);
    }
  });

  test('reads a file anew when only what it reads has changed', async () => {
    const read = "JSON.parse(require('fs').readFileSync(__dirname + '/values.json'))";
    put('broker.config.cjs', `module.exports = { pools: { a: ${read} } }`);
    for (const n of [1, 2]) {
      put('values.json', `[${n}]`);
      expect(await load()).toEqual(saying([n]));
    }
  });

  test.each([
    ['broker.config.mjs', 'export const pools = { a: [1] }'],
    ['broker.config.mjs', 'export default undefined'],
    [
      'broker.config.cjs',
      'Object.defineProperty(exports, "__esModule", { value: true }); exports.pools = { a: [1] };',
    ],
  ])('says what is missing from %s: %s', async (name, text) => {
    const file = put(name, text);
    const { message } = await refusal(load());
    expect(message.startsWith(`${file} has no default export`)).toBe(true);
  });

  test.each([
    "throw new RangeError('no accounts today')",
    "export default Promise.reject(new RangeError('no accounts today'))",
  ])('hands on what a config throws as the cause, with the file: %s', async (text) => {
    const file = put('broker.config.mjs', text);
    const { message, cause } = await refusal(load());
    expect(message).toBe(`${file} could not be read: RangeError: no accounts today`);
    expect(cause).toMatchObject({ name: 'RangeError', message: 'no accounts today' });
  });

  test('says which import of a config is missing', async () => {
    put('broker.config.mjs', "import './accounts.mjs'; export default {}");
    expect((await refusal(load())).message).toContain('accounts.mjs');
  });
});

describe('the loader', () => {
  let loadConfig: Loader['loadConfig'];
  beforeAll(async () => {
    ({ loadConfig } = await packed('esm'));
  });
  const load = (more: Partial<source.LoadOptions> = {}) =>
    loadConfig({ from: root, env: {}, ...more });

  test('takes the inline config before any file, without a look at it', async () => {
    put('broker.config.mjs', "throw new Error('was read')");
    expect(await load({ inline: { pools: { a: [2] } } })).toEqual(saying([2]));
    expect((await refusal(load({ inline: null }))).message).toContain('inline config');
  });

  test('needs no config', async () => {
    expect(await load()).toMatchObject({ pools: [], auth: true });
  });

  test('takes the file that the environment names', async () => {
    put('broker.config.json', '{ "pools": { "a": [1] } }');
    put('other/leases.mjs', 'export default { pools: { a: [2] } }');
    const env = { EPHEMERAL_BROKER_CONFIG: 'other/leases.mjs' };
    expect(await load({ env })).toEqual(saying([2]));
  });

  test('names the file of a config that is wrong', async () => {
    const file = put('broker.config.mjs', 'export default { pools: { a: 5 } }');
    expect((await refusal(load())).message).toContain(`${file}: pools.a: expected a list`);
  });

  test('gives the journal a path that holds wherever the process goes', async () => {
    put('broker.config.json', '{ "journal": "out/journal.ndjson" }');
    put('deep/x', '');
    const journal = join(root, 'out/journal.ndjson');
    expect(await load({ from: join(root, 'deep') })).toMatchObject({ journal });
    expect(await load({ inline: { journal: 'out/journal.ndjson' } })).toMatchObject({ journal });
    expect(await load({ inline: { journal } })).toMatchObject({ journal });
    expect((await load({ inline: {} })).journal).toBeUndefined();
  });

  test('gives each shard its part: as the runner says, else as the variable does', async () => {
    const config = { pools: { a: [1, 2, 3] }, shard: 'split' };
    const env = { EPHEMERAL_BROKER_SHARD: '3/3' };
    const shard = { current: 2, total: 3 };
    put('broker.config.json', JSON.stringify(config));
    for (const more of [{}, { inline: config }]) {
      expect((await load({ ...more, shard })).pools[0]!.definition.values).toEqual([2]);
      expect((await load({ ...more, env })).pools[0]!.definition.values).toEqual([3]);
      expect((await load({ ...more, shard: null })).pools[0]!.definition.values).toHaveLength(3);
    }
  });

  test('tells where JSON is no JSON', async () => {
    const file = put('broker.config.json', '{\n  "pools": {},\n}');
    expect((await refusal(load())).message).toContain(`${file}: line 3, column 1: expected a key`);
  });

  test('does not tell what a file that is no JSON holds', async () => {
    put('accounts.json', '["pw1",\n\n\n\nx]');
    put(
      'broker.config.cjs',
      "module.exports = { pools: { a: JSON.parse(require('fs').readFileSync(__dirname + '/accounts.json', 'utf8')) } }",
    );
    const { message } = await refusal(load());
    expect(message).toContain('SyntaxError: Unexpected token');
    expect(message).not.toContain('pw1');
  });

  test('copes with a config that throws no error', async () => {
    put('broker.config.mjs', "throw 'hunter2'");
    const { message, cause } = await refusal(load());
    expect(message).not.toContain('hunter2');
    expect(cause).toBe('hunter2');
  });
});

describe('a TypeScript config', () => {
  let loadConfig: Loader['loadConfig'];
  beforeAll(async () => {
    ({ loadConfig } = await packed('esm'));
  });
  const load = (more: Partial<source.LoadOptions> = {}) =>
    loadConfig({ from: root, env: {}, ...more });

  /** No Node takes this by itself: an enum, and an import without its ending. */
  const config = (n = 1) => `
    import { helper } from './lib/helper';
    enum Role { Admin = ${n} }
    export default { pools: { a: [Role.Admin, ...helper] } };`;

  const helper = `
    import { readFileSync } from 'node:fs';
    import packaged from 'packaged';
    const read = (place: URL | string) => readFileSync(place, 'utf8').trim();
    export const helper: string[] = [
      packaged as string,
      read(new URL('./data.txt', import.meta.url)),
    ];`;

  /** Knows whether it was made part of a bundle. */
  const PACKAGED = "module.exports = module.filename ? 'a package' : 'bundled'";

  /** A project with that config, and packages of these names. */
  function project(packages: Record<string, string> = {}): string {
    put('lib/helper.ts', helper);
    put('lib/data.txt', 'beside the helper');
    for (const [name, text] of Object.entries({ packaged: PACKAGED, ...packages })) {
      put(`node_modules/${name}/index.js`, text);
    }
    return put('broker.config.ts', config());
  }

  function withEsbuild(): string {
    const file = project();
    const esbuild = dirname(createRequire(import.meta.url).resolve('esbuild/package.json'));
    symlinkSync(esbuild, join(root, 'node_modules', 'esbuild'), 'junction');
    return file;
  }

  const everyFile = () => readdirSync(root, { recursive: true }).map(String).sort();

  test('is imported by the runner, where that has a way', async () => {
    const file = project();
    const runnerImport = vi.fn(async () => ({ default: { pools: { a: [1] } } }));
    expect(await load({ import: runnerImport })).toEqual(saying([1]));
    expect(runnerImport).toHaveBeenCalledExactlyOnceWith(file);
  });

  test('has what the runner says of it told', async () => {
    const file = project({ jiti: JITI_2 });
    const fault = new SyntaxError('no such alias');
    const { message, cause } = await refusal(load({ import: () => Promise.reject(fault) }));
    expect(message).toBe(`${file} could not be read: SyntaxError: no such alias`);
    expect(cause).toBe(fault);
  });

  test('does not go through the runner when it is JavaScript', async () => {
    put('broker.config.mjs', 'export default { pools: { a: [1] } }');
    const runnerImport = vi.fn();
    expect(await load({ import: runnerImport })).toEqual(saying([1]));
    expect(runnerImport).not.toHaveBeenCalled();
  });

  test('is read by the project’s esbuild, each file knowing its own place', async () => {
    withEsbuild();
    expect(await load()).toEqual(saying([1, 'a package', 'beside the helper']));
  });

  test('is read anew by esbuild when it was edited', async () => {
    withEsbuild();
    await load();
    put('broker.config.ts', config(2));
    expect(await load()).toEqual(saying([2, 'a package', 'beside the helper']));
  });

  test('is bundled where a runner that watches does not look', async () => {
    withEsbuild();
    put(
      'broker.config.ts',
      `import { readdirSync } from 'node:fs';
       const bundles = (place: string) =>
         readdirSync(new URL(place, import.meta.url)).filter((name) => name.endsWith('.mjs')).length;
       enum Place { Own = '.', Packages = 'node_modules' }
       export default { pools: { a: [{ beside: bundles(Place.Own), within: bundles(Place.Packages) }] } };`,
    );
    expect(await load()).toEqual(saying([{ beside: 0, within: 1 }]));
  });

  test('leaves no file behind, whether it could be read or not', async () => {
    withEsbuild();
    const before = everyFile();
    await load();
    expect(everyFile()).toEqual(before);
    put('broker.config.ts', `${config()}\nthrow new Error('late');`);
    expect((await refusal(load())).message).toContain('late');
    put('broker.config.ts', `${config()}\n}`);
    expect((await refusal(load())).message).toMatch(/broker\.config\.ts:5:0: ERROR/);
    expect(everyFile()).toEqual(before);
  });

  const JITI_2 = `
    module.exports = { createJiti: (from, options) => ({
      import: async (file) => ({ default: { pools: { a: [2, { from, file, options }] } } }),
    }) };`;
  const JITI_1 = `
    module.exports = (from, options) =>
      (file) => ({ pools: { a: [1, { from, file, options }] } });`;

  test.each([
    [2, JITI_2],
    [1, JITI_1],
  ])('is read by the project’s jiti %i', async (version, jiti) => {
    const file = project({ jiti });
    expect(await load()).toEqual(
      saying([version, { from: file, file, options: { interopDefault: false } }]),
    );
  });

  test('that nothing here reads has the ways out told, .mjs first', async () => {
    const file = project();
    const { message } = await refusal(load());
    expect(message).toContain(`${file} cannot be read by Node ${process.versions.node}`);
    expect(message).toMatch(/broker\.config\.mjs.*jiti or esbuild.*22\.18/);
  });

  describe.runIf((process.features as { typescript?: unknown }).typescript)(
    'where Node strips types',
    () => {
      test('is read with nothing installed', async () => {
        put('broker.config.mts', 'export default { pools: { a: [1 as number] } }');
        expect(await load()).toEqual(saying([1]));
      });

      test('is not run again in another way for what it threw', async () => {
        put('node_modules/jiti/index.js', JITI_2);
        put('broker.config.mts', "throw new Error('as it says' as string)");
        expect((await refusal(load())).message).toContain('Error: as it says');
      });
    },
  );
});
