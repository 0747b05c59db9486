import { createRequire } from 'node:module';
import { type Esbuild, importBundled } from './bundle.ts';
import { importAnew } from './import-anew.ts';
import { badConfig, summary } from './problems.ts';

/** How a runner itself imports a TypeScript file, by its path. */
export type RunnerImport = (file: string) => Promise<unknown>;

/** What Node says of TypeScript that it does not take, where a compiler may: an import without its ending, say. */
const NOT_FOR_NODE: unknown[] = [
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
];

/**
 * Imports a TypeScript file: by the runner, where it has a way; else by Node (which strips types
 * from 22.18 on, or has had a loader registered); else by the jiti or the esbuild that the project
 * has. We bring neither: each is larger than the rest of this package.
 *
 * @throws BrokerError `bad_config` where nothing here takes TypeScript; what the file throws.
 */
export async function importTypeScript(
  file: string,
  runnerImport?: RunnerImport,
): Promise<unknown> {
  if (runnerImport) return runnerImport(file);
  let failure: unknown;
  try {
    return await importAnew(file);
  } catch (error) {
    if (!isNotForNode(error)) throw error;
    failure = error;
  }
  const jiti = ofProject(file, 'jiti');
  if (jiti) return importByJiti(jiti as Jiti, file);
  const esbuild = ofProject(file, 'esbuild');
  if (esbuild) return importBundled(esbuild as Esbuild, file);
  throw badConfig(
    file,
    `cannot be read by Node ${process.versions.node} as it is (${summary(failure)}). Each of these helps: write it as broker.config.mjs, in JavaScript; or install jiti or esbuild in the project; or, with Node 22.18 or later, name it broker.config.mts and keep to TypeScript whose types can just be stripped.`,
    failure,
  );
}

/** A syntax error may be an enum, an import of a mere type, or ES syntax in a package of CommonJS. */
const isNotForNode = (error: unknown): boolean =>
  error instanceof SyntaxError || NOT_FOR_NODE.includes((error as { code?: unknown } | null)?.code);

/** A package as the project of `file` has it, or nothing. */
function ofProject(file: string, name: string): unknown {
  const require = createRequire(file);
  try {
    require.resolve(name);
  } catch {
    return undefined;
  }
  return require(name);
}

type CreateJiti = (
  file: string,
  options: { interopDefault: boolean },
) => ((file: string) => unknown) & { import?: (file: string) => Promise<unknown> };

/** Of version 1 the module is the function itself; it imports synchronously. */
type Jiti = CreateJiti & { createJiti?: CreateJiti };

function importByJiti(jiti: Jiti, file: string): unknown {
  const instance = (jiti.createJiti ?? jiti)(file, { interopDefault: false });
  return instance.import ? instance.import(file) : instance(file);
}
