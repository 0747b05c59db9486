// The import of the client in a fresh process, in ms above that of an empty module.
import { fresh } from '../fresh.mjs';

export const cores = 2;
export const processes = 1;

export async function drive(_client, { samples }, { contender, dir }) {
  const { clientModule } = await import(`../contenders/${contender}.mjs`);
  return fresh(dir, `await import('${import.meta.resolve(clientModule)}');`, samples);
}

export const merge = ([result]) => result;
