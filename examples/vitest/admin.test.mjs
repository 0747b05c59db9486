import { describe, expect } from 'vitest';
import { test } from './fixtures.mjs';

describe('the back office', () => {
  test('is for admins', ({ admin }) => {
    expect(admin.user).toBe('root');
  });

  test('makes the yearly report, one at a time', async ({ admin, broker }) => {
    await broker.withLock('yearly report', async () => {
      await broker.set('report', { by: admin.user }, { ttl: '1m' });
    });
    expect(await broker.get('report')).toEqual({ by: 'root' });
  });
});
