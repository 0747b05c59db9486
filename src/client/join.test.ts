import { expect, test } from 'vitest';
import { resolveConfig } from '../config/check.ts';
import type { BrokerConfig } from '../config/define.ts';
import { broker, failure, start } from '../testing/running-broker.ts';
import { joinBroker } from './join.ts';

const join = async (config: BrokerConfig) => {
  const before = { ...process.env };
  Object.assign(process.env, broker.env);
  try {
    await joinBroker(resolveConfig(config, 'test'));
  } finally {
    process.env = before;
  }
};

test('a config that says nothing joins any broker', async () => {
  await start({ pools: { a: [1] } });
  await join({});
});

test.each<[string, BrokerConfig]>([
  ['pools', { pools: { a: [1] } }],
  ['values', { values: { a: { provide: () => 1 } } }],
  ['middleware', { middleware: [(_request, _context, next) => next()] }],
  ['plugins', { plugins: [{ name: 'a', setup() {} }] }],
])('a config with no more than %s joins only a broker that has them', async (_, config) => {
  await start({});
  expect((await failure(join(config))).code).toBe('config_mismatch');
});
