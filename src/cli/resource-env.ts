/** Under which the command has what was leased. */
const NAME = 'EPHEMERAL_RESOURCE';

/**
 * A resource as variables: all of it as JSON, and where it is an object each field by its name.
 * A text is as it is; what is no text is JSON. Names are put into capitals, with `_` for what a
 * shell does not take in one; of two that are then the same, the last counts.
 */
export function resourceEnv(value: unknown): Record<string, string> {
  const env: Record<string, string> = { [NAME]: JSON.stringify(value) ?? 'null' };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return env;
  for (const [field, part] of Object.entries(value)) {
    const text = typeof part === 'string' ? part : JSON.stringify(part);
    // No environment holds it, and the error of the system would show it.
    if (text.includes('\0')) continue;
    env[`${NAME}_${field.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`] = text;
  }
  return env;
}

/**
 * What `--where role=admin` stands for. Whether `size=3` means the number or the text cannot be
 * told, so it means both; a name that is given twice means either.
 *
 * @throws what `wrong` makes, for what is no pair.
 */
export function whereOf(
  pairs: readonly string[],
  wrong: (problem: string) => Error,
): Record<string, unknown[]> | undefined {
  if (pairs.length === 0) return undefined;
  const where = new Map<string, unknown[]>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw wrong('--where: expected NAME=VALUE');
    const [name, text] = [pair.slice(0, at), pair.slice(at + 1)];
    where.set(name, [...(where.get(name) ?? []), text, ...scalarIn(text)]);
  }
  return Object.fromEntries(where);
}

/** The number, boolean or null that the text spells. */
function scalarIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? [] : [value];
  } catch {
    return [];
  }
}
