// One request at a time, client and server on one core: p50 and p99 of get, p50 of set, in µs.
import { percentile } from '../report.mjs';
import { value } from '../value.mjs';

export const needs = 'get';
export const cores = 1;
export const processes = 1;

export async function drive(client, { warmMs, runMs }) {
  const get = () => client.get('key');
  await timed(get, warmMs);
  const gets = await timed(get, runMs);
  if (!client.set) return { p50: percentile(gets, 50), p99: percentile(gets, 99) };
  const set = () => client.set('key', value);
  await timed(set, warmMs / 2);
  const sets = await timed(set, runMs / 2);
  return { p50: percentile(gets, 50), p99: percentile(gets, 99), setP50: percentile(sets, 50) };
}

export const merge = ([result]) => result;

async function timed(request, ms) {
  const samples = [];
  const end = performance.now() + ms;
  for (let from = performance.now(); from < end; ) {
    await request();
    const to = performance.now();
    samples.push((to - from) * 1000);
    from = to;
  }
  return samples;
}
