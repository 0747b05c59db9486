import assert from 'node:assert/strict';

it('leases', async () => {
  const { value } = await broker.lease('accounts');
  assert.equal(value.user, 'anna');
});
