import { expect, loginOf, test } from '../fixtures.ts';

test('logs out', async ({ page, account, broker }) => {
  // Nobody is to start with a login that this test ends.
  await broker.del(loginOf(account));
  await page.goto('/');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading')).toHaveText('Log in');
});

test.describe('a stranger', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('is let in nowhere, and needs no account', async ({ page }) => {
    await page.goto('/cart');
    await expect(page.getByRole('alert')).toHaveText('not logged in');
  });
});
