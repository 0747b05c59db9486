import type { Expression } from '@babel/types';
import { type Runner, withExtensions } from './runner.ts';
import { ByHand, namedExport, propertyOf, resolved } from './syntax.ts';

const FROM = 'ephemeral-broker/wdio';
const SERVICE = 'BrokerService';

export const wdio: Runner = {
  name: 'WebdriverIO',
  package: '@wdio/cli',
  files: withExtensions('wdio.conf', 'ts mts cts js mjs cjs'),
  isThere: (source) => source.uses(SERVICE, FROM),
  edit(source) {
    const { program } = source;
    const config = resolved(program, namedExport(program, 'config'));
    if (config.type !== 'ObjectExpression') {
      throw new ByHand('its config is not written out there', config);
    }
    const imported = source.nameOfImport(SERVICE, FROM);
    const entry = `[${imported ?? SERVICE}, {}]`;
    const own = propertyOf(program, config, 'services');
    if (!own) {
      source.insertFirst(config, `services: [${entry}]`);
    } else {
      const services = resolved(program, own.value as Expression);
      if (services.type !== 'ArrayExpression') throw new ByHand(`'services' is no list`, services);
      source.insertFirst(services, entry);
    }
    if (!imported) source.insertImport(SERVICE, FROM);
  },
  byHand: () =>
    `Add  import { ${SERVICE} } from '${FROM}';  and, to its list  services,  [${SERVICE}, {}]`,
};
