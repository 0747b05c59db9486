import { defineConfig } from '@playwright/test';
import { slots } from 'ephemeral-broker';
import { withBroker } from 'ephemeral-broker/playwright';

/** A pool for each test that could hinder another. */
const names =
  'fixture body hook after all many1 many2 slow set own endless tight vain lost lone zombie retry retry2 kept declared fail'.split(
    ' ',
  );
const pools = Object.fromEntries(names.map((name) => [name, [name]]));

export default withBroker(defineConfig({ workers: 4, timeout: 1_000 }), {
  pools: { ...pools, tenants: slots(8) },
  journal: 'journal.jsonl',
});
