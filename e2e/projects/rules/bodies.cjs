// What tests of two workers do, whatever their runner: worker `n` is 1 or 2.
const { mkdirSync, openSync, closeSync, unlinkSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

/** Both workers have come this far. */
async function meet(broker, place) {
  await broker.incr(place);
  while ((await broker.get(place)) < 2) await sleep(5);
}

/** Fails if the other worker is in here, too: of two, the file system lets one create the file. */
async function alone(place) {
  mkdirSync('held', { recursive: true });
  const file = `held/${place}`;
  closeSync(openSync(file, 'wx'));
  await sleep(10);
  unlinkSync(file);
}

/** Each holds what the other one wants: the second to ask, always worker 2, is told. */
function cross(broker, n) {
  const [mine, theirs] = n === 1 ? ['first', 'second'] : ['second', 'first'];
  return broker.withLease(mine, async () => {
    await meet(broker, 'crossing');
    if (n === 2) await waitedFor(broker, mine);
    return broker.withLease(theirs, () => {});
  });
}

async function waitedFor(broker, pool) {
  const waiting = async () => (await broker.pools()).find(({ name }) => name === pool).waiting;
  while ((await waiting()) === 0) await sleep(5);
}

/** The other worker's test that leases it has done so. */
async function waitUntilHad(broker, pool) {
  while (!(await broker.get(`had ${pool}`))) await sleep(5);
}

/** Behind what the other worker keeps until it ends. */
async function waitInVain(broker) {
  await meet(broker, 'kept');
  const code = await broker.lease('kept', { timeout: 1_100 }).catch((error) => error.code);
  await meet(broker, 'told');
  return code;
}

/** Three leases that end in three ways. */
async function wash(broker) {
  await (await broker.lease('washed')).release();
  await (await broker.lease('washed')).release({ dirty: true });
  await broker.lease('washed');
}

/** What is had after one of two was found worn out. */
async function wear(broker) {
  const lease = await broker.lease('worn', { where: 'old' });
  await lease.retire('worn out');
  const { value } = await broker.lease('worn');
  const code = await broker.lease('worn', { where: 'old' }).catch((error) => error.code);
  return [value, code];
}

/** What is made once, both have: they meet where it leads them. */
async function share(broker) {
  const { tenant } = await broker.value('tenant');
  const { session } = await broker.once('login', () => ({ session: `of ${process.pid}` }));
  await meet(broker, `${tenant} ${session}`);
  const turns = [await broker.call('team/turn', { of: 'any' }), await broker.call('team/turn')];
  const code = await broker.call('team/turn', { of: 'nobody' }).catch((error) => error.code);
  return [tenant, turns[1] > turns[0], code];
}

module.exports = { meet, alone, cross, waitInVain, wash, wear, share, waitUntilHad };
