import { renameSync, writeFileSync } from 'node:fs';

it('never ends', async () => {
  await broker.lease('single');
  const pids = [process.pid, browser.capabilities['wdio:driverPID']];
  // Written in one piece, for who reads it meanwhile.
  writeFileSync('holding.new', JSON.stringify(pids));
  renameSync('holding.new', 'holding');
  await new Promise(() => {});
});
