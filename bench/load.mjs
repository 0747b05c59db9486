import { setTimeout as sleep } from 'node:timers/promises';

/** Keeps `depth` gets in flight; gives the gets per second after the warm-up. */
export async function load(client, depth, { warmMs, runMs }) {
  let done = 0;
  let stopped = false;
  const failed = new Promise((_, reject) => {
    const get = () => client.get('key').then(next, reject);
    const next = () => {
      done++;
      if (!stopped) get();
    };
    for (let i = 0; i < depth; i++) get();
  });
  failed.catch(() => {});
  await Promise.race([failed, sleep(warmMs)]);
  const from = performance.now();
  const before = done;
  await Promise.race([failed, sleep(runMs)]);
  const perSecond = (done - before) / ((performance.now() - from) / 1000);
  stopped = true;
  return { perSecond };
}
