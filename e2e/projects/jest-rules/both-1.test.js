/**
 * @lease l: left
 * @lease r: right
 */
require('./suite.js').both(1);
