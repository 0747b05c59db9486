import { type Runner, withExtensions } from './runner.ts';
import { howToWrap, wrapDefaultExport } from './wrap.ts';

const FROM = 'ephemeral-broker/playwright';

export const playwright: Runner = {
  name: 'Playwright',
  package: '@playwright/test',
  files: withExtensions('playwright.config', 'ts js mts mjs cts cjs'),
  isThere: (source) => source.hasText(new RegExp(`^${FROM}$`)) || source.uses('withBroker', FROM),
  edit: (source) => wrapDefaultExport(source, FROM),
  byHand: () => howToWrap(FROM),
};
