import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { BrokerError } from '../protocol/errors.ts';
import { importAnew } from './import-anew.ts';
import { parseJson } from './json-file.ts';
import { badConfig, summary } from './problems.ts';
import { isRecord } from './record.ts';
import { importTypeScript, type RunnerImport } from './typescript.ts';

/**
 * What a config file exports as its default; of a JSON file, what it holds.
 *
 * @throws BrokerError `bad_config`, with what the file threw as its `cause`.
 */
export async function evaluate(file: string, runnerImport?: RunnerImport): Promise<unknown> {
  try {
    switch (extname(file)) {
      case '.json':
        return parseJson(file, await readFile(file, 'utf8'));
      case '.ts':
      case '.mts':
        // Awaited here: it may be a promise, and one that fails is told with its file, too.
        return await defaultExport(file, await importTypeScript(file, runnerImport));
      default:
        return await defaultExport(file, await importAnew(file));
    }
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'bad_config') throw error;
    throw badConfig(file, `could not be read: ${summary(error)}`, error);
  }
}

/** Of a module, however it was transpiled and imported. */
function defaultExport(file: string, module: unknown): unknown {
  const exported = unwrapped(module);
  const inner = isTranspiled(exported) ? unwrapped(exported) : exported;
  if (inner !== undefined) return inner;
  throw badConfig(
    file,
    'has no default export: write `export default defineConfig({ … })`, or `module.exports = …` in CommonJS.',
  );
}

function unwrapped(module: unknown): unknown {
  if (typeof module !== 'object' || module === null) return undefined;
  if ('default' in module) return module.default;
  // `module.exports`, bare: some loaders wrap it in no namespace.
  return isRecord(module) && !isTranspiled(module) && !(Symbol.toStringTag in module)
    ? module
    : undefined;
}

/** An ES module that was made into CommonJS, by the mark that transpilers leave. */
const isTranspiled = (exported: unknown): boolean =>
  typeof exported === 'object' && exported !== null && '__esModule' in exported;
