/**
 * @lease r: right
 * @lease l: left
 */
require('./suite.js').both(2);
