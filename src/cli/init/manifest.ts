import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a package.json tells of a project. */
export interface Manifest {
  /** The packages that it uses. */
  packages: ReadonlySet<string>;
  /** It is the root of others. */
  workspaces: boolean;
}

/** Where there is none that can be read, it tells nothing. */
export function manifestOf(directory: string): Manifest {
  let fields: Record<string, object | undefined> = {};
  try {
    fields = Object(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')));
  } catch {}
  return {
    packages: new Set(
      ['dependencies', 'devDependencies'].flatMap((name) => Object.keys(fields[name] ?? {})),
    ),
    workspaces:
      fields.workspaces !== undefined || existsSync(join(directory, 'pnpm-workspace.yaml')),
  };
}
