export const dependencies = { jest: '30.5.2' };
export const command = ['jest/bin/jest.js'];

/** @type {(broker: boolean) => Record<string, string>} */
export const config = (broker) => ({
  'jest.config.js': `module.exports = { maxWorkers: 2, workerThreads: false, ${
    broker ? "preset: 'ephemeral-broker'" : ''
  } };`,
  'package.json': '{ "type": "commonjs" }',
  'account.js': broker
    ? `exports.account = async () => (await broker.lease('accounts')).value;`
    : `const accounts = ['ann', 'bob', 'cat', 'dan', 'eve'].map((user) => ({ user }));
       exports.account = async () => accounts[process.env.JEST_WORKER_ID % accounts.length];`,
});

/** @type {(tests: string) => string} */
export const file = (tests) => `const { account: anAccount } = require('./account.js');
const { work } = require('./work.js');
let account;
beforeEach(async () => {
  account = await anAccount();
});
${tests}`;
export const fileName = 'NAME.test.js';
export const argument = '';
