const { renameSync, writeFileSync } = require('node:fs');

/** A test that never gives back what it leased. */
exports.hold = function hold() {
  tell(`worker-${process.pid}`, {});

  test('holds the account until it is killed', async () => {
    await broker.value('tenant');
    await broker.lease('accounts', { timeout: '5m' });
    const { EPHEMERAL_PIPE: pipe, EPHEMERAL_SECRET: secret } = process.env;
    tell('holder', { pid: process.pid, pipe, secret });
    await new Promise(() => setInterval(() => {}, 1_000));
  });
};

/** Written in one piece, for who reads it meanwhile. */
function tell(file, what) {
  writeFileSync(`${file}.new`, JSON.stringify(what));
  renameSync(`${file}.new`, file);
}
