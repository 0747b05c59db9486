import wdio = require('ephemeral-broker/wdio');

export async function buys(): Promise<void> {
  (await broker.lease('more')).value.anything.goes;
  (await wdio.broker.lease('more')).value.anything.goes;
  const browser = {} as WebdriverIO.Browser;
  (await browser.broker.lease('more')).value.anything.goes;
  new wdio.BrokerService({ pools: { few: [1, 2] } });
  // @ts-expect-error: there is no such method
  await broker.leases('more');
}
