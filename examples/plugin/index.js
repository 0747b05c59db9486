import { BrokerError, definePlugin } from 'ephemeral-broker';

/** See index.d.ts. */
export const mail = ({ domain = 'mail.test' } = {}) =>
  definePlugin({
    name: 'mail',
    setup(broker) {
      /** By address. Made here, so that each broker has its own. */
      const inboxes = new Map();
      let accounts = 0;

      // client.value('mail:NAME'): made when it is first asked for, once for all workers.
      broker.on('provide', ({ key }) =>
        key.startsWith('mail:')
          ? { value: { address: `${key.slice(5)}.${++accounts}@${domain}` }, ttl: 'run' }
          : undefined,
      );

      broker.register('mail/send', ({ to, subject }) => {
        inboxes.set(to, [...(inboxes.get(to) ?? []), { subject }]);
      });

      broker.register(
        'mail/next',
        ({ to }) => {
          const next = inboxes.get(to)?.shift();
          // Its code and details reach the caller as they are.
          if (!next) throw new BrokerError('mail/empty', `No mail for ${to}.`, { to });
          return next;
        },
        { params: checkTo },
      );

      broker.on('stop', () => inboxes.clear());
    },
  });

/** What throws here is `bad_params` for the caller. A schema of Zod, Valibot or ArkType does, too. */
function checkTo(params) {
  if (typeof params?.to !== 'string') throw new Error('to: expected an address');
  return params;
}
