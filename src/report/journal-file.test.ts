import { describe, expect, test } from 'vitest';
import { parseJournal } from './journal-file.ts';

const HEADER = '{"journal":1,"version":"1.2.3","pools":[{"name":"accounts","size":2}]}';
const EVENT = '{"type":"session","session":1,"identity":{},"at":1000,"ms":0}';

test('gives the pools and the events', () => {
  expect(parseJournal(`${HEADER}\n${EVENT}\n`, 'j')).toEqual({
    version: '1.2.3',
    shard: undefined,
    machine: undefined,
    pools: [{ name: 'accounts', size: 2 }],
    sessions: [],
    events: [JSON.parse(EVENT)],
    cutOff: false,
  });
});

test('gives how busy the machine was, where that is told', () => {
  const machine = { processors: 2, own: 1.5, others: 0.25 };
  const header = `${HEADER.slice(0, -1)},"machine":${JSON.stringify(machine)}}`;
  expect(parseJournal(`${header}\n`, 'j').machine).toEqual(machine);
});

test('a last line that was cut off is left out and told, wherever it was cut', () => {
  for (let length = 1; length < EVENT.length; length++) {
    const text = `${HEADER}\n${EVENT}\n${EVENT.slice(0, length)}`;
    expect(parseJournal(text, 'j')).toMatchObject({ events: [{}], cutOff: true });
  }
  expect(parseJournal(`${HEADER}\n${EVENT}`, 'j')).toMatchObject({ events: [{}], cutOff: false });
});

test('who was connected before is told, and must be told as such', () => {
  const session = { session: 7, identity: { worker: '3' } };
  const head = (...sessions: unknown[]) => JSON.stringify({ ...JSON.parse(HEADER), sessions });
  expect(parseJournal(`${head(session)}\n`, 'j').sessions).toEqual([session]);
  for (const wrong of [null, { session: 7 }, { session: 'x', identity: {} }]) {
    expect(() => parseJournal(`${head(wrong)}\n`, 'j')).toThrow('has no such sessions');
  }
});

test('an event of a type that is not known is passed over', () => {
  const { events } = parseJournal(`${HEADER}\n{"type":"dance","at":1,"ms":1}\n${EVENT}\n`, 'j');
  expect(events).toEqual([JSON.parse(EVENT)]);
});

describe('an error names the file and the line', () => {
  const grant = (resources: string) =>
    `{"type":"grant","ticket":1,"lease":"a#1","resources":${resources},"session":1,"purpose":{},"waitedMs":0,"at":1,"ms":1}`;
  test.each([
    ['an empty file', '', /^j, line 1: is empty/],
    ['a first line that was cut off', HEADER.slice(0, 30), /^j, line 1: is cut off/],
    ['a text of one line', 'hello', /^j, line 1: does not begin a journal/],
    ['a picture', '\u0089PNG\n\u001a\n', /^j, line 1: does not begin a journal/],
    ['other JSON', '{"name":"x"}\n', /^j, line 1: does not begin a journal/],
    ['a list', '[1]\n', /^j, line 1: does not begin a journal/],
    ['a later format', '{"journal":2,"version":"9.0.0"}\n', /line 1: is of format 2.*9\.0\.0/],
    ['a header without pools', '{"journal":1,"version":"1"}\n', /line 1: has no such pools/],
    [
      'a pool beyond all measure',
      HEADER.replace('"size":2', '"size":1e15'),
      /line 1: has no such pools/,
    ],
    [
      'a wrong machine',
      `${HEADER.slice(0, -1)},"machine":{"processors":0,"own":0,"others":0}}\n`,
      /line 1: has no such machine/,
    ],
    ['a wrong shard', `${HEADER.slice(0, -1)},"shard":3}\n`, /line 1: has no such pools/],
    ['text in the middle', `${HEADER}\nhello\n${EVENT}\n`, /^j, line 2: is not a JSON object/],
    ['no type', `${HEADER}\n{}\n`, /line 2: is no event: it has no type/],
    ['no time', `${HEADER}\n{"type":"session"}\n`, /line 2: is no event: it has no time/],
    ['a field missing', `${HEADER}\n{"type":"end","at":1,"ms":1}\n`, /line 2: .*lease is missing/],
    ['wrong resources', `${HEADER}\n${grant('[{}]')}\n`, /line 2: .*resources/],
    [
      'a wrong time of a pass',
      `${HEADER}\n{"type":"wait_end","ticket":1,"reason":"passed","inMs":"1","at":1,"ms":1}\n`,
      /line 2: .*inMs/,
    ],
    ['no resources', `${HEADER}\n${grant('[]')}\n`, /line 2: .*resources/],
  ])('%s', (_, text, message) => {
    expect(() => parseJournal(text, 'j')).toThrow(
      expect.objectContaining({ code: 'bad_journal', message: expect.stringMatching(message) }),
    );
  });

  test('and nothing of what stands there', () => {
    expect(() => parseJournal(`${HEADER}\n{"secret":"hunter2"}\n`, 'j')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
