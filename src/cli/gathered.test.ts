import { expect, test } from 'vitest';
import { MAX_GATHERED } from '../protocol/limits.ts';
import { Gathered } from './gathered.ts';

function gathered(...chunks: Buffer[]): Gathered {
  const all = new Gathered('What came');
  for (const chunk of chunks) all.add(chunk);
  return all;
}

test('pieces become one text, wherever they were cut', () => {
  const bytes = Buffer.from('schön\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(gathered(bytes.subarray(0, cut), bytes.subarray(cut)).text()).toBe('schön\n');
  }
  expect(gathered().text()).toBe('');
});

test('what is more than a command may print is too much, to the byte', () => {
  const most = Buffer.alloc(MAX_GATHERED, 'a');
  expect(gathered(most).text()).toHaveLength(MAX_GATHERED);
  const more = gathered(most, Buffer.from('a'));
  expect(more.tooMuch).toBe(true);
  expect(() => more.text()).toThrow(expect.objectContaining({ code: 'too_large' }));
});

test('bytes that are no text are refused, and not replaced', () => {
  expect(() => gathered(Buffer.from([0x61, 0xff])).text()).toThrow(
    expect.objectContaining({ code: 'not_json', message: expect.stringMatching(/^What came: /) }),
  );
});
