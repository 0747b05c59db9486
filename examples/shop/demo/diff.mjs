/**
 * Two texts that differ in added lines only, as `diff` would show them, with the lines around them.
 *
 * @param {string} before @param {string} after
 * @returns {string[]}
 */
export function addedLines(before, after) {
  const old = before.split('\n');
  const marked = after.split('\n').map((line) => {
    const kept = line === old[0];
    if (kept) old.shift();
    return `${kept ? ' ' : '+'} ${line}`;
  });
  if (old.length > 0) throw new Error(`More than added lines: '${old[0]}' is missing.`);
  return marked.filter((_, i) => marked.slice(Math.max(0, i - 1), i + 3).some(isAdded));
}

/** @param {string} line */
export const isAdded = (line) => line.startsWith('+');
