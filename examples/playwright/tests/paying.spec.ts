import { expect, test } from '../fixtures.ts';

test.beforeEach(async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Add Middlemarch' }).click();
});

// The cart belongs to the account: its next test finds an empty one.
test.afterEach(async ({ page, account }) => {
  await page.goto('/cart');
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Buy' }).click();
  await expect(page.getByRole('heading')).toHaveText('Orders');
});

test('adds the shipping', async ({ page }) => {
  await expect(page.getByText('Total: 20.80 €')).toBeVisible();
});

test('ships for nothing from 30 € on', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Add Middlemarch' }).click();
  await expect(page.getByText('Total: 33.80 €')).toBeVisible();
});

test('asks for the password', async ({ page }) => {
  await page.getByLabel('Password').fill('a guess');
  await page.getByRole('button', { name: 'Buy' }).click();
  await expect(page.getByRole('alert')).toHaveText('wrong password');
});

test('keeps the cart for another tab', async ({ page, context }) => {
  const tab = await context.newPage();
  await tab.goto('/cart');
  await expect(tab.getByRole('listitem')).toHaveText('Middlemarch');
  await page.reload();
});
