// What a fresh process spends until the answer to its first get (import, connect, authentication,
// get), in ms above the import of an empty module.
import { fresh } from '../fresh.mjs';

export const needs = 'get';
export const cores = 2;
export const processes = 1;

export function drive(_client, { samples }, { contender, address, dir }) {
  const module = new URL(`../contenders/${contender}.mjs`, import.meta.url).href;
  const program = `const { connect } = await import('${module}');
const client = await connect(JSON.parse(process.env.BENCH_ADDRESS));
await client.get('key');`;
  return fresh(dir, program, samples, { BENCH_ADDRESS: JSON.stringify(address) });
}

export const merge = ([result]) => result;
