import type { Node, ObjectExpression, Program } from '@babel/types';
import { type Runner, withExtensions } from './runner.ts';
import type { Source } from './source.ts';
import { ByHand, defaultExport, propertyOf, resolved } from './syntax.ts';
import { howToWrap, wrapDefaultExport } from './wrap.ts';

const FROM = 'ephemeral-broker/jest';
const PRESET = 'ephemeral-broker';

/** What the preset would take the place of, or what would take the place of the preset's. */
const OWN_OF_JSON = ['preset', 'globalSetup', 'globalTeardown', 'projects'];
const OWN = [...OWN_OF_JSON, 'testEnvironment'];

export const jest: Runner = {
  name: 'Jest',
  package: 'jest',
  files: [...withExtensions('jest.config', 'js ts mjs cjs mts cts json'), 'package.json'],
  owns: (source) => source.file !== 'package.json' || sectionIn(source) !== undefined,
  isThere: (source) =>
    source.hasText(/^ephemeral-broker(\/jest\/(setup|node|jsdom))?$/) ||
    source.uses('withBroker', FROM),
  edit: (source) => (source.isJson ? editJson(source) : editModule(source)),
  byHand: (file) =>
    file.endsWith('.json')
      ? `Move ${file === 'package.json' ? 'its section "jest"' : 'it'} to jest.config.cjs, as  module.exports = require('${FROM}').withBroker({ … });`
      : howToWrap(FROM),
  fresh: { file: 'jest.config.cjs', text: `module.exports = { preset: '${PRESET}' };\n` },
};

function editModule(source: Source): void {
  const config = objectIn(source.program);
  if (config && !hasOwn(source.program, config, OWN)) {
    source.insertFirst(config, `preset: ${source.quoted(PRESET)}`);
  } else {
    wrapDefaultExport(source, FROM);
  }
}

function editJson(source: Source): void {
  const config = jsonConfig(source);
  if (!config || hasOwn(source.program, config, OWN_OF_JSON)) {
    throw new ByHand('JSON can take our preset only where it has none, and no set-up', config);
  }
  const environment = propertyOf(source.program, config, 'testEnvironment')?.value;
  if (environment) {
    if (environment.type !== 'StringLiteral' || !/^(node|jsdom)$/.test(environment.value)) {
      throw new ByHand('it has an environment of its own', environment);
    }
    source.insert(environment.start! + 1, `${FROM}/`);
  }
  source.insertFirst(config, `"preset": "${PRESET}"`);
}

function objectIn(program: Program): ObjectExpression | undefined {
  try {
    const exported = defaultExport(program);
    const value = exported.type === 'FunctionDeclaration' ? exported : resolved(program, exported);
    return value.type === 'ObjectExpression' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where it is not known, it has. */
function hasOwn(program: Program, config: ObjectExpression, names: string[]): boolean {
  try {
    return names.some((name) => propertyOf(program, config, name));
  } catch {
    return true;
  }
}

function jsonConfig(source: Source): ObjectExpression | undefined {
  const config = source.file === 'package.json' ? sectionIn(source) : jsonIn(source);
  return config?.type === 'ObjectExpression' ? config : undefined;
}

/** Of package.json. */
function sectionIn(source: Source): Node | undefined {
  const all = jsonIn(source);
  if (all?.type !== 'ObjectExpression') return undefined;
  return propertyOf(source.program, all, 'jest')?.value;
}

function jsonIn({ program }: Source): Node | undefined {
  const [statement] = program.body;
  return statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
}
