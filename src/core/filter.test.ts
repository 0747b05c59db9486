import { describe, expect, test } from 'vitest';
import type { Json } from '../protocol/json.ts';
import { matches } from './filter.ts';

describe('a filter matches', () => {
  const ann: Json = {
    user: 'ann',
    role: 'admin',
    tags: ['eu', 'fast'],
    plan: { tier: 'pro', seats: 5 },
    manager: null,
  };
  test.each<[string, Json, boolean]>([
    ['an empty pattern', {}, true],
    ['one attribute', { role: 'admin' }, true],
    ['another value', { role: 'buyer' }, false],
    ['several attributes', { role: 'admin', user: 'ann' }, true],
    ['one of several wrong', { role: 'admin', user: 'bob' }, false],
    ['a missing attribute', { colour: 'red' }, false],
    ['a missing attribute that should be null', { colour: null }, false],
    ['null', { manager: null }, true],
    ['null for something else', { role: null }, false],
    ['a part of a nested object', { plan: { tier: 'pro' } }, true],
    ['a nested object that differs', { plan: { tier: 'pro', seats: 6 } }, false],
    ['an object where there is a text', { role: { name: 'admin' } }, false],
    ['any of a list', { role: ['buyer', 'admin'] }, true],
    ['none of a list', { role: ['buyer', 'seller'] }, false],
    ['none of an empty list', { role: [] }, false],
    ['any of several patterns', [{ role: 'buyer' }, { plan: { seats: 5 } }], true],
    ['an item of a list', { tags: 'eu' }, true],
    ['any of a list in a list', { tags: ['us', 'fast'] }, true],
    ['no item of a list', { tags: 'us' }, false],
    ['a number for a text', { plan: { seats: '5' } }, false],
    ['what every object inherits', { constructor: {} }, false],
    ['the prototype', JSON.parse('{"__proto__":{}}'), false],
  ])('%s', (_, pattern, expected) => {
    expect(matches(pattern, ann)).toBe(expected);
  });

  test('values that are no objects by themselves', () => {
    expect(matches(3, 3)).toBe(true);
    expect(matches([1, 3], 3)).toBe(true);
    expect(matches({}, 3)).toBe(false);
    expect(matches(null, null)).toBe(true);
    expect(matches({}, null)).toBe(false);
  });
});
