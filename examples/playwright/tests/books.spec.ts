import { expect, test } from '../fixtures.ts';

test('greets whoever is logged in', async ({ page, account }) => {
  await page.goto('/');
  await expect(page.getByRole('heading')).toHaveText(`Hello, ${account.name}`);
});

test('shows the books', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('listitem')).toHaveCount(5);
});

for (const title of ['Emma', 'Dracula', 'Moby-Dick']) {
  test(`sells ${title}`, async ({ page, account }) => {
    await page.goto('/');
    await page.getByRole('button', { name: `Add ${title}` }).click();
    await expect(page.getByRole('listitem').filter({ hasText: title })).toBeVisible();
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('button', { name: 'Buy' }).click();
    await expect(page.getByRole('heading')).toHaveText('Orders');
    await expect(page.getByRole('listitem').last()).toContainText('paid');
  });
}

test('does not sell what is out of print', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Add Villette' }).click();
  await expect(page.getByRole('alert')).toHaveText('out of print');
});
