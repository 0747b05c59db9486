require('./suite.js')('node');
