const { connect } = require('ephemeral-broker');
const { log } = require('./log.js');

module.exports = async ({ rootDir }) => {
  const client = await connect();
  await client.set('made by the set-up', 'there', { ttl: 'run' });
  await client.close();
  log(`set-up ${rootDir === __dirname}`);
};
