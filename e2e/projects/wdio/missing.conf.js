import { base } from './base.conf.js';

export const config = { ...base, specs: ['./missing/*.spec.js'] };
