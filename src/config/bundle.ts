import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importAnew } from './import-anew.ts';

/** What is used of esbuild. */
export interface Esbuild {
  build(options: object): Promise<{ outputFiles: { text: string }[] }>;
}

/** What a file may ask of its own place; in the bundle it would get the bundle's. */
const PLACES = {
  'import.meta.url': '__placeUrl',
  'import.meta.filename': '__placeFile',
  'import.meta.dirname': '__placeDirectory',
  __filename: '__placeFile',
  __dirname: '__placeDirectory',
};

/**
 * Imports a TypeScript file by way of esbuild: with all that it imports by path made into one
 * module, which is written, imported and removed.
 *
 * That module stands in `node_modules`, where packages are found from, and runners that watch do not
 * take it for an edit.
 */
export async function importBundled(esbuild: Esbuild, file: string): Promise<unknown> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [file],
    absWorkingDir: dirname(file),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    write: false,
    logLevel: 'silent',
    define: PLACES,
    plugins: [{ name: 'places', setup: keepPlaces }],
  });
  const name = `.${basename(file)}.${randomUUID()}.mjs`;
  const bundle = join(nodeModulesOf(dirname(file)) ?? dirname(file), name);
  try {
    await writeFile(bundle, outputFiles[0]!.text, { mode: 0o600 });
    return await importAnew(bundle);
  } finally {
    await rm(bundle, { force: true });
  }
}

/** Gives every file the names that `PLACES` speaks of, on its first line, so that line numbers stay. */
function keepPlaces(build: {
  onLoad(
    of: { filter: RegExp },
    load: (file: { path: string }) => Promise<{ contents: string; loader: string }>,
  ): void;
}): void {
  build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
    const places = [
      ['__placeUrl', pathToFileURL(path).href],
      ['__placeFile', path],
      ['__placeDirectory', dirname(path)],
    ].map(([name, place]) => `${name} = ${JSON.stringify(place)}`);
    return {
      contents: `const ${places.join(', ')}; ${await readFile(path, 'utf8')}`,
      loader: extname(path).replace(/^\.[cm]?/, ''),
    };
  });
}

function nodeModulesOf(directory: string): string | undefined {
  const candidate = join(directory, 'node_modules');
  if (existsSync(candidate)) return candidate;
  return dirname(directory) === directory ? undefined : nodeModulesOf(dirname(directory));
}
