describe('the back office', () => {
  let admin;

  beforeAll(async () => {
    // Freed when the file ends.
    admin = (await broker.lease('admins', { timeout: '20s' })).value;
  }, 30_000);

  test('is for admins', () => {
    expect(admin.user).toBe('root');
  });

  test('makes the yearly report, one at a time', async () => {
    await broker.withLock('yearly report', async () => {
      await broker.set('report', { by: admin.user }, { ttl: '1m' });
    });
    expect(await broker.get('report')).toEqual({ by: 'root' });
  });
});
