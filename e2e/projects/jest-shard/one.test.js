require('./leases.js').leaseAll();
