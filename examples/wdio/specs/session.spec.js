import { enter, sessionOf } from '../customer.js';

describe('a session', () => {
  it('ends with a logout', async () => {
    const account = await enter();
    // Nobody is to start with a session that this test ends.
    await broker.del(sessionOf(account));
    await $('button=Log out').click();
    await expect($('h1')).toHaveText('Log in');
  });

  it('is needed for the shop', async () => {
    await browser.deleteCookies();
    await browser.url(process.env.SHOP_URL);
    await expect($('h1')).toHaveText('Not logged in');
  });
});
