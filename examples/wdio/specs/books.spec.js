import { enter } from '../customer.js';

describe('the shop', () => {
  it('greets whoever is logged in', async () => {
    const { name } = await enter();
    await expect($('h1')).toHaveText(`Hello, ${name}`);
  });

  it('begins with an empty cart', async () => {
    await enter();
    await expect($$('li')).toBeElementsArrayOfSize(0);
  });

  for (const copies of [1, 2, 3]) {
    it(`sells ${copies} of a book`, async () => {
      await enter();
      for (let i = 0; i < copies; i++) await $('button=Add').click();
      await expect($$('li')).toBeElementsArrayOfSize(copies);
      await $('button=Buy').click();
      await expect($('h1')).toHaveText('Thank you');
    });
  }
});
