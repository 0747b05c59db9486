import { withBroker } from 'ephemeral-broker/playwright';

export default withBroker({}, { pools: { accounts: ['ann'] } });
