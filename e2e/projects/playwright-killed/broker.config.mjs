export default { pools: { accounts: ['ann'] } };
