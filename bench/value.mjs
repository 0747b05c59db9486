/** What every contender stores: a login, as a test suite would share it. */
export const value = { user: 'worker-1@example.test', token: 'b0a4d6f1c2e84a8f9d3b7c5e1f2a6b90' };
