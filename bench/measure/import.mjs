// A fresh process that imports the client and nothing else, in ms above bare node.
import { fresh } from '../fresh.mjs';

export const cores = 2;
export const processes = 1;

export async function drive(_client, { samples }, { contender, dir }) {
  const { clientModule } = await import(`../contenders/${contender}.mjs`);
  return fresh(dir, `import '${import.meta.resolve(clientModule)}';`, samples);
}

export const merge = ([result]) => result;
