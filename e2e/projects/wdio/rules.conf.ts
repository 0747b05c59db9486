import { appendFileSync } from 'node:fs';
import { BrokerService } from 'ephemeral-broker/wdio';
import { base } from './base.conf.js';

const note = (line: string): void => appendFileSync('notes.txt', `${line}\n`);

async function held(name: string): Promise<number> {
  return (await broker.pools()).find((pool) => pool.name === name)!.held;
}

export const config = {
  ...base,
  specs: ['./rules/*.spec.ts'],
  services: [[BrokerService, {}]],
  mochaOpts: { ...base.mochaOpts, retries: 1 },
  async onPrepare() {
    await broker.set('prepared', 'by the launcher', { ttl: 'run' });
  },
  async beforeSession() {
    await broker.lease('hooks');
    note(`beforeSession: ${await broker.get('prepared')}, ${browser.broker === broker}`);
  },
  before() {
    note(`before: ${browser.broker === broker}`);
  },
  async afterSession() {
    await broker.get('prepared');
    // What the first hook has leased is there in the last one.
    note(`afterSession: ${browser.broker === broker}, ${(await held('hooks')) > 0}`);
  },
  async onComplete() {
    note(`onComplete: ${await held('hooks')}`);
  },
};
