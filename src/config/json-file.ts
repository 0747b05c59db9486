import { badConfig } from './problems.ts';

/**
 * The value that the JSON of `file` holds.
 *
 * JSON.parse would do, but its message quotes the text (which may hold passwords), does not always
 * say where, and of a key that is there twice it drops the first in silence.
 *
 * @throws BrokerError `bad_config`, with line and column.
 */
export function parseJson(file: string, content: string): unknown {
  const text = content.replace(/^\uFEFF/, '');
  const fault = jsonFault(text);
  if (!fault) return JSON.parse(text);
  const lines = text.slice(0, fault.at).split('\n');
  const place = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
  throw badConfig(
    `${file}:`,
    `${place}: expected ${fault.expected}. (JSON takes no comments and no trailing commas.)`,
  );
}

export interface JsonFault {
  /** The offset of what should not be there. */
  at: number;
  expected: string;
}

const SPACE = /[\t\n\r ]*/y;
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none in a string
  /[{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

const EXPECTED = {
  value: 'a value',
  'first value': "a value or ']'",
  key: 'a key in double quotes',
  'first key': "a key in double quotes or '}'",
  colon: "':'",
  comma: "',' or the closing bracket",
  end: 'the end of the file',
};

/** Where `text` stops being JSON (RFC 8259), or names a key of one object again. */
export function jsonFault(text: string): JsonFault | undefined {
  /** The open brackets: of an object its keys so far, of a list nothing. */
  const open: (Set<string> | undefined)[] = [];
  let expected: keyof typeof EXPECTED = 'value';
  for (let at = 0; ; ) {
    at += match(SPACE, text, at).length;
    const token = match(TOKEN, text, at);
    const keys = open.at(-1);
    if (expected === 'end' && at === text.length) return undefined;
    if (expected === 'colon' && token === ':') {
      expected = 'value';
    } else if (expected === 'comma' && token === ',') {
      expected = keys ? 'key' : 'value';
    } else if (expected.endsWith('key') && token.startsWith('"')) {
      const key: string = JSON.parse(token);
      if (keys?.has(key)) return { at, expected: 'a key that this object does not have yet' };
      keys?.add(key);
      expected = 'colon';
    } else if (expected.endsWith('value') && token === '{') {
      open.push(new Set());
      expected = 'first key';
    } else if (expected.endsWith('value') && token === '[') {
      open.push(undefined);
      expected = 'first value';
    } else if (expected.endsWith('value') && /^["\w-]/.test(token)) {
      expected = open.length === 0 ? 'end' : 'comma';
    } else if (token === (keys ? '}' : ']') && /^(comma|first)/.test(expected)) {
      open.pop();
      expected = open.length === 0 ? 'end' : 'comma';
    } else {
      return { at, expected: EXPECTED[expected] };
    }
    at += token.length;
  }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
