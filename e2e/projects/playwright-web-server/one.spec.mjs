import { expect, test } from '@playwright/test';

test('finds the shop', async ({ request, baseURL }) => {
  const port = new URL(baseURL).port;
  expect(await (await request.get('/')).text()).toBe(`the shop at ${port}`);
});
