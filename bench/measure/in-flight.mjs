// One client with 64 gets in flight, client and server on one core: gets per second.
import { load } from '../load.mjs';

export const needs = 'get';
export const cores = 1;
export const processes = 1;
export const drive = (client, timing) => load(client, 64, timing);
export const merge = ([result]) => result;
