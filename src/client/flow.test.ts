import { expect, test, vi } from 'vitest';

test('scopes are told apart, those of two copies of the client that share a connection too', async () => {
  const one = await import('./flow.ts');
  vi.resetModules();
  const other = await import('./flow.ts');
  expect(other).not.toBe(one);
  // As tests do.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const names = [one, one, other].map(({ newScope }) => newScope('block'));
  random.mockRestore();
  expect(new Set(names).size).toBe(3);
});
