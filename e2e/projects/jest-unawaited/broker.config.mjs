export default { pools: { solo: ['a'], accounts: ['b', 'c'] } };
