import { expect, test } from 'vitest';
import { valueIn } from './once.ts';

test.each([
  ['{"a":1}\n', { a: 1 }],
  ['"quoted"', 'quoted'],
  ['3\n', 3],
  ['-1.5', -1.5],
  ['1.10\n', '1.10'],
  ['12345678901234567890\n', '12345678901234567890'],
  ['1e400', '1e400'],
  ['plain\n', 'plain'],
  ['two\r\nlines\r\n\n', 'two\r\nlines'],
  [' kept \n', ' kept '],
  ['{"half":', '{"half":'],
  ['', ''],
])('what a command prints, %j, is the value %j', (output, value) => {
  expect(valueIn(output)).toEqual(value);
});
