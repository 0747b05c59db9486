const { appendFileSync } = require('node:fs');
const { join } = require('node:path');

exports.log = (line) => appendFileSync(join(__dirname, 'log.txt'), `${line}\n`);
