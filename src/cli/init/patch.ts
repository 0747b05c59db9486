import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { Change } from './plan.ts';

/** A unified diff, as `patch -p1` and `git apply` take it. */
export function patchOf({ file, before, after }: Change): string {
  const from = before ? `a/${file}` : '/dev/null';
  return createTwoFilesPatch(from, `b/${file}`, `${before ?? ''}`, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
