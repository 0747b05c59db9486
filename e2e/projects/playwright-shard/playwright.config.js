export default { globalSetup: 'ephemeral-broker/playwright' };
