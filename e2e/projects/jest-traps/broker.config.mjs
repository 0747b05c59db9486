import { defineConfig, pool, slots } from 'ephemeral-broker';

/** Pools for each file, so that files can run at once. */
const names = ['test', 'all', 'file', 'kept', 'body', 'own', 'run', 'late', 'cap', 'hook', 'retry'];
const lone = Object.fromEntries(names.map((name) => [name, [name]]));

export default defineConfig({
  pools: {
    ...lone,
    many: slots(4),
    pair: slots(2),
    worker: slots(8),
    declared: ['declared'],
    short: pool(['short'], { ttl: '300ms' }),
  },
  waitTimeout: '1s',
  journal: 'journal.jsonl',
});
