import type { Source } from './source.ts';
import { defaultExport } from './syntax.ts';

/**
 * `withBroker(…)` around what the module exports, whatever that is.
 *
 * @throws ByHand where the export is not found, or the name is taken.
 */
export function wrapDefaultExport(source: Source, from: string): void {
  const exported = defaultExport(source.program);
  const imported = source.nameOfImport('withBroker', from);
  if (!imported) source.insertImport('withBroker', from);
  const end = exported.type === 'FunctionDeclaration' ? ');' : ')';
  source.wrap(exported, `${imported ?? 'withBroker'}(`, end);
}

export const howToWrap = (from: string): string =>
  `Add  import { withBroker } from '${from}';  (or require) and wrap what it exports:  export default withBroker(…)`;
