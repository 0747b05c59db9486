it('gets what the killed worker held', async () => {
  while (!(await broker.get('held'))) await broker.list();
  await broker.lease('single');
});
