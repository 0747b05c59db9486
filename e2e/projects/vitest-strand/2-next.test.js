import { leased } from 'ephemeral-broker/vitest';
import { test as base, expect } from 'vitest';

const test = base.extend(leased({ account: 'accounts', admin: { pool: 'admins', scope: 'file' } }));

test('account', { timeout: 1_500 }, ({ account }) => expect(account).toBe('ann'));
test('admin', { timeout: 1_500 }, ({ admin }) => expect(admin).toBe('root'));
