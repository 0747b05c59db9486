import { add, enter } from '../customer.js';

describe('the shop', () => {
  it('greets whoever is logged in', async () => {
    const { name } = await enter();
    await expect($('h1')).toHaveText(`Hello, ${name}`);
  });

  it('begins with an empty cart', async () => {
    await enter();
    await expect($$('li')).toBeElementsArrayOfSize(0);
  });

  for (const books of [1, 2, 3]) {
    it(`sells ${books} books`, async () => {
      await enter();
      for (let i = 1; i <= books; i++) await add(i);
      await $('button=Buy').click();
      await expect($('h1')).toHaveText('Thank you');
    });
  }
});
