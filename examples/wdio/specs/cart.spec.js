import { add, enter } from '../customer.js';

describe('a cart', () => {
  // What a hook leases is the test's, and kept until its last hook has run.
  beforeEach(async () => {
    await enter();
    await add(1);
  });

  // The cart belongs to the account: its next test finds an empty one.
  afterEach(async () => {
    await $('button=Buy').click();
    await expect($('h1')).toHaveText('Thank you');
  });

  it('has what was put into it', async () => {
    await expect($('li')).toHaveText('Emma');
  });

  it('is kept when the page is loaded anew', async () => {
    await browser.refresh();
    await expect($$('li')).toBeElementsArrayOfSize(1);
  });

  it('may have two of a book', async () => {
    await add(2);
  });
});
