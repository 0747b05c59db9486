// From the start of a fresh process to the answer to its first get, in ms above bare node.
import { fresh } from '../fresh.mjs';

export const needs = 'get';
export const cores = 2;
export const processes = 1;

export function drive(_client, { samples }, { contender, address, dir }) {
  const module = new URL(`../contenders/${contender}.mjs`, import.meta.url).href;
  const program = `import { connect } from '${module}';
const client = await connect(JSON.parse(process.env.BENCH_ADDRESS));
await client.get('key');`;
  return fresh(dir, program, samples, { BENCH_ADDRESS: JSON.stringify(address) });
}

export const merge = ([result]) => result;
