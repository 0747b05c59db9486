// Eight processes with 16 gets in flight each, on two cores: gets per second, all together.
import { load } from '../load.mjs';

export const needs = 'get';
export const cores = 2;
export const processes = 8;
export const drive = (client, timing) => load(client, 16, timing);
export const merge = (results) => ({
  perSecond: results.reduce((sum, { perSecond }) => sum + perSecond, 0),
});
