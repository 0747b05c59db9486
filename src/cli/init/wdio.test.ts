import { describe, expect, test } from 'vitest';
import { type Case, dos, edited, leftAlone } from './trial.ts';

const CASES: Case[] = [
  [
    'no services',
    'wdio.conf.ts',
    `export const config: WebdriverIO.Config = {
  runner: 'local',
};
`,
    `import { BrokerService } from 'ephemeral-broker/wdio';

export const config: WebdriverIO.Config = {
  services: [[BrokerService, {}]],
  runner: 'local',
};
`,
  ],
  [
    'services of its own',
    'wdio.conf.js',
    `import { join } from 'node:path'
export const config = {
  services: ['visual', ...others],
}
`,
    `import { join } from 'node:path'
import { BrokerService } from 'ephemeral-broker/wdio'
export const config = {
  services: [[BrokerService, {}], 'visual', ...others],
}
`,
  ],
  [
    'CommonJS',
    'wdio.conf.cjs',
    `const { join } = require('node:path');
exports.config = { services: [] };
`,
    `const { join } = require('node:path');
const { BrokerService } = require('ephemeral-broker/wdio');
exports.config = { services: [[BrokerService, {}]] };
`,
  ],
  [
    'module.exports.config',
    'wdio.conf.js',
    `module.exports.config = {};
`,
    `const { BrokerService } = require('ephemeral-broker/wdio');

module.exports.config = { services: [[BrokerService, {}]] };
`,
  ],
  [
    'module.exports with a config',
    'wdio.conf.js',
    `const config = {};
module.exports = { config };
`,
    `const { BrokerService } = require('ephemeral-broker/wdio');

const config = { services: [[BrokerService, {}]] };
module.exports = { config };
`,
  ],
  [
    'an export of a name',
    'wdio.conf.js',
    `const mine = { ...base, services: [] };
export { mine as config };
`,
    `import { BrokerService } from 'ephemeral-broker/wdio';

const mine = { ...base, services: [[BrokerService, {}]] };
export { mine as config };
`,
  ],
];

describe('a config of WebdriverIO gets the line, once', () => {
  test.each(CASES)('%s (%s)', (_, file, before, after) => {
    expect(edited(file, before)).toBe(after);
  });

  test.each(CASES)('%s (%s), with CRLF and a byte order mark', (_, file, before, after) => {
    expect(edited(file, dos(before))).toBe(dos(after));
  });
});

describe('a config of WebdriverIO is left alone, and the person is told where and what to add', () => {
  test.each([
    ['wdio.conf.ts', `export const config = { ...base };`, `'services'`, '[BrokerService, {}]'],
    ['wdio.conf.ts', `export const config = make();`, 'not written out', '[BrokerService, {}]'],
    ['wdio.conf.ts', `export const config = { services: s() };`, 'no list', '[BrokerService, {}]'],
    [
      'wdio.conf.ts',
      `export { config } from './base';`,
      `export of 'config'`,
      '[BrokerService, {}]',
    ],
    [
      'wdio.conf.ts',
      `export const config = {};\nconfig.services = [];`,
      `export of 'config'`,
      '[BrokerService, {}]',
    ],
  ])('%s: %s', (file, before, where, what) => {
    const told = leftAlone(file, before);
    expect(told).toContain(file);
    expect(told).toContain(where);
    expect(told).toContain(what);
  });
});
