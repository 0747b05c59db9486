import { withBrokerEnvironment } from 'ephemeral-broker/jest';
import { TestEnvironment } from 'jest-environment-node';

class Own extends TestEnvironment {
  readonly mine = 1;
}

export default class extends withBrokerEnvironment(Own) {
  readonly more: number = this.mine;
}
