import { leaseAll } from './leases.js';

leaseAll();
