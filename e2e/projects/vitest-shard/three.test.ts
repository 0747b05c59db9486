import { leaseAll } from './leases';

leaseAll();
