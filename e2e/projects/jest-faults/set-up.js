module.exports = () => {
  require('node:fs').writeFileSync('pipe.txt', process.env.EPHEMERAL_PIPE);
  throw new Error('the set-up of the user fails');
};
