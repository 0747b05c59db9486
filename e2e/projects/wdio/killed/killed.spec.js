it('dies with the only one in hand', async () => {
  await broker.lease('single');
  await broker.set('held', true, { ttl: 'run' });
  let waiting = 0;
  while (waiting === 0) {
    waiting = (await broker.pools()).find(({ name }) => name === 'single').waiting;
  }
  // Which nobody else would end.
  await browser.deleteSession();
  process.kill(process.pid, 'SIGKILL');
});
