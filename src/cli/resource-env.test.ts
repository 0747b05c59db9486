import { describe, expect, test } from 'vitest';
import { resourceEnv, whereOf } from './resource-env.ts';

describe('a resource in the environment', () => {
  test('is JSON, and each of its fields a variable', () => {
    const value = { user: 'ada', 'api-key': 'k"1', age: 36, roles: ['a'], none: null };
    expect(resourceEnv(value)).toEqual({
      EPHEMERAL_RESOURCE: JSON.stringify(value),
      EPHEMERAL_RESOURCE_USER: 'ada',
      EPHEMERAL_RESOURCE_API_KEY: 'k"1',
      EPHEMERAL_RESOURCE_AGE: '36',
      EPHEMERAL_RESOURCE_ROLES: '["a"]',
      EPHEMERAL_RESOURCE_NONE: 'null',
    });
  });

  test.each([['ada'], [4000], [null], [['a', 'b']]])('that is %j has no fields', (value) => {
    expect(resourceEnv(value)).toEqual({ EPHEMERAL_RESOURCE: JSON.stringify(value) });
  });

  test('has no field that no environment can hold', () => {
    expect(resourceEnv({ a: 'x\0y', b: 'z' })).toEqual({
      EPHEMERAL_RESOURCE: '{"a":"x\\u0000y","b":"z"}',
      EPHEMERAL_RESOURCE_B: 'z',
    });
  });

  test('takes no other place than its own, whatever its fields are called', () => {
    const names = Object.keys(resourceEnv(JSON.parse('{"__proto__":"x","=PATH":"y","":"z"}')));
    expect(names.every((name) => /^EPHEMERAL_RESOURCE[A-Z0-9_]*$/.test(name))).toBe(true);
  });
});

describe('--where', () => {
  const where = (...pairs: string[]) => whereOf(pairs, (problem) => new Error(problem));

  test('is the text, and the number, boolean or null that it spells', () => {
    expect(where('role=admin', 'size=3', 'on=true', 'q=a=b', 'x={"a":1}')).toEqual({
      role: ['admin'],
      size: ['3', 3],
      on: ['true', true],
      q: ['a=b'],
      x: ['{"a":1}'],
    });
    expect(where()).toBeUndefined();
  });

  test('that is given twice for a name means either', () => {
    expect(where('role=admin', 'role=buyer')).toEqual({ role: ['admin', 'buyer'] });
  });

  test.each(['admin', '=admin', ''])('%j is no pair', (pair) => {
    expect(() => where(pair)).toThrow('--where: expected NAME=VALUE');
  });
});
