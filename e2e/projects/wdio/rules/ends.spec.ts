import assert from 'node:assert/strict';
import { broker as imported } from 'ephemeral-broker/wdio';

const single = () => broker.lease('single', { timeout: 0 });

async function held(): Promise<number> {
  return (await broker.pools()).find(({ name }) => name === 'single')!.held;
}

describe('a lease', () => {
  const tries: string[] = [];

  it('of a body', async () => {
    assert.equal(imported, broker);
    assert.equal(browser.broker, broker);
    await single();
  });

  it('is free for the next test, however that ends', async () => {
    await single();
    tries.push('failed');
    if (tries.length === 1) throw new Error('to be tried again');
  });

  it('is another one for a retry that asks for it', async () => {
    const { value } = await broker.lease('pairs', { not: 'previous' });
    tries.push(value);
    if (tries.length === 3) throw new Error('to be tried again');
    assert.notEqual(tries[2], tries[3]);
  });

  describe('of a hook', () => {
    beforeEach(single);
    it('is the test’s', async () => assert.equal(await held(), 1));
    it('is the next test’s', async () => assert.equal(await held(), 1));
    afterEach(async () => assert.equal(await held(), 1));
  });

  after(async () => assert.equal(await held(), 0));
});

// The last of all but ours.
let ends = 0;
afterEach(async () => {
  if (await held()) ends++;
});
after(() => assert.equal(ends, 5));
