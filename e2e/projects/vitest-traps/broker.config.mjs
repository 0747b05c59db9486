import { defineConfig, slots } from 'ephemeral-broker';

/** A pool for each file, so that files can run at once. */
const names = ['zombie', 'hook', 'retry', 'twice', 'messy', 'kept', 'both', 'body', 'own', 'run'];
const lone = Object.fromEntries(
  [...names, 'cap', 'declared', 'queue'].map((name) => [name, [name]]),
);

export default defineConfig({
  pools: { ...lone, many: slots(4), file: slots(4) },
  waitTimeout: '1s',
  journal: 'journal.jsonl',
});
