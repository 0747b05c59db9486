import { type Case, promises } from '../../testing/init-trial.ts';

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

promises('WebdriverIO', CASES, [
  ['wdio.conf.ts', `export const config = { ...base };`, `'services'`, '[BrokerService, {}]'],
  ['wdio.conf.ts', `export const config = make();`, 'not written out', '[BrokerService, {}]'],
  ['wdio.conf.ts', `export const config = { services: s() };`, 'no list', '[BrokerService, {}]'],
  ['wdio.conf.ts', `export { config } from './base';`, `export of 'config'`, '[BrokerService, {}]'],
  [
    'wdio.conf.ts',
    `export const config = {};\nconfig.services = [];`,
    `export of 'config'`,
    '[BrokerService, {}]',
  ],
]);
