// A process of its own for a case: what a release costs while n wait, in µs, with the grant that it
// makes; and what it costs to ask.
import { CASES } from './cases.mjs';

const [core, title, rounds, ...sizes] = process.argv.slice(2);
const { DEFAULT_LIMITS, FakeClock, Journal, Leases } = await import(core);
const chosen = CASES.find((each) => each.title === title);

/** As many for every size, as what is compiled meanwhile counts. */
const STEPS = 30_000;
const WARM_STEPS = 10_000;
/** What takes longer than this is not finished. */
const MAX_US = 3_000_000;
/** So many release and ask at a time, since to look at the time takes time. */
const BATCH = 5;

/** What this process has run, all in one thread: what others run does not count. */
function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function measure({ pools, wants, holding, besides }, n) {
  const clock = new FakeClock();
  const hooks = { check() {}, reset() {}, quarantined() {} };
  const leases = new Leases(clock, DEFAULT_LIMITS, new Journal(clock), hooks);
  for (const [name, values] of Object.entries(pools(n))) leases.definePool(name, { values });
  const held = [];
  let waiting = 0;
  const fail = (error) => {
    throw error;
  };
  const times = { ttlMs: 1e9, timeoutMs: 1e9, purpose: {} };
  const asker = (i) => {
    const session = leases.openSession({ runner: 'bench', worker: String(i) });
    if (holding) {
      const own = { wants: [{ kind: 'pool', name: 'own' }], within: ['block'], until: 'block' };
      leases.request(session, { ...own, ...times }, { granted() {}, refused: fail });
    }
    const wish = { wants: wants(i, n), within: holding && ['block'], ...times };
    const one = { session, wish, grants: 0, lease: undefined, outcome: undefined };
    one.outcome = {
      granted: ({ id }) => {
        one.lease = id;
        one.grants++;
        waiting--;
        held.push(one);
      },
      refused: fail,
    };
    return one;
  };
  const ask = (one) => {
    waiting++;
    leases.request(one.session, one.wish, one.outcome);
  };
  const all = [];
  while (waiting < n) {
    const one = asker(all.length);
    all.push(one);
    ask(one);
  }
  if (besides) {
    const session = leases.openSession({});
    leases.request(session, { wants: besides(n), ...times }, { granted: fail, refused: fail });
  }
  globalThis.gc();
  // Whole turns: then all have had as many grants, if it is fair.
  const turns = (steps) => Math.ceil(steps / all.length) * all.length;
  const run = (steps) => {
    const spent = { release: 0, ask: 0, steps: 0 };
    while (spent.steps < steps && spent.release + spent.ask < MAX_US) {
      const some = held.splice(0, Math.min(BATCH, steps - spent.steps));
      const t0 = cpuUs();
      for (const one of some) leases.release(one.session, one.lease);
      const t1 = cpuUs();
      for (const one of some) ask(one);
      spent.release += t1 - t0;
      spent.ask += cpuUs() - t1;
      spent.steps += some.length;
    }
    return spent;
  };
  run(turns(WARM_STEPS));
  for (const one of all) one.grants = 0;
  const { release, ask: asking, steps } = run(turns(STEPS));
  const grants = all.map((one) => one.grants);
  return {
    release: release / steps,
    ask: asking / steps,
    fairness: steps < STEPS ? undefined : Math.max(...grants) / Math.min(...grants),
  };
}

const results = [];
// The first is for the compiler.
for (let round = -1; round < Number(rounds); round++) {
  const ns = round % 2 ? sizes : [...sizes].reverse();
  const result = Object.fromEntries(ns.map((n) => [n, measure(chosen, Number(n))]));
  if (round >= 0) results.push(result);
}
console.log(JSON.stringify(results));
