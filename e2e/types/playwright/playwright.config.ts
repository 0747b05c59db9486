import { defineConfig } from '@playwright/test';
import { withBroker } from 'ephemeral-broker/playwright';
import type { ReporterOptions } from 'ephemeral-broker/playwright/reporter';
import broker from './broker.config.js';

export default withBroker(
  defineConfig<{ leases?: object }>({ use: { leases: { account: 'accounts' } }, retries: 1 }),
  broker,
);
withBroker({ globalSetup: ['./own-setup'] });
withBroker(defineConfig({ globalSetup: './own-setup' }), { pools: { accounts: ['ann'] } });
// @ts-expect-error: there is no such option
withBroker({}, { pols: {} });
const options: ReporterOptions = { outputFile: 'report.html' };
withBroker({ reporter: [['html'], ['ephemeral-broker/playwright/reporter', options]] });
// @ts-expect-error: there is no such option
void ({ outputfile: 'report.html' } satisfies ReporterOptions);
