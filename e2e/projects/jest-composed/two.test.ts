// biome-ignore-all lint/suspicious/noExplicitAny: no types are installed there
test('is compiled', async (): Promise<void> => {
  const lease: { value: string } = await (globalThis as any).broker.lease('made');
  (globalThis as any).expect(lease.value).toMatch(/^slot \d$/);
});
