import type {
  BlockStatement,
  CallExpression,
  Expression,
  ObjectExpression,
  Program,
} from '@babel/types';
import { type Runner, withExtensions } from './runner.ts';
import type { Source } from './source.ts';
import { ByHand, defaultExport, type Exported, nodesIn, propertyOf, resolved } from './syntax.ts';

const SET_UP = 'ephemeral-broker/vitest';
const EXTENSIONS = 'ts mts cts js mjs cjs';

/** Functions that hand back the config which is their first argument. */
const HELPERS = new Set(['defineConfig', 'defineProject', 'defineVitestConfig', 'getViteConfig']);

export const vitest: Runner = {
  name: 'Vitest',
  package: 'vitest',
  files: [
    ...withExtensions('vitest.config', EXTENSIONS),
    ...withExtensions('vite.config', EXTENSIONS),
  ],
  // Of Vitest 3.
  lists: ['vitest.workspace', 'vitest.projects'].flatMap((name) =>
    withExtensions(name, `${EXTENSIONS} json`),
  ),
  owns: ({ file, program }, declared) =>
    file.startsWith('vitest.') || declared || hasSection(program),
  isThere: (source) => source.hasText(new RegExp(`^${SET_UP}$`)),
  edit,
  byHand: () =>
    `In its section  test,  add  globalSetup: '${SET_UP}'  (or put it into the list there).`,
  fresh: {
    file: 'vitest.config.mjs',
    text: `import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: '${SET_UP}' },
});
`,
  },
};

function edit(source: Source): void {
  const { program } = source;
  const { config, merged } = configIn(program, defaultExport(program));
  const setUp = source.quoted(SET_UP);
  // mergeConfig() has one text replace another, but joins lists.
  const line = `globalSetup: ${merged ? `[${setUp}]` : setUp}`;
  const test = propertyOf(program, config, 'test');
  if (!test) {
    source.insertFirst(config, `test: { ${line} }`);
    if (/ts$/.test(source.file) && isTypedByVite(source)) {
      source.insertLine('/// <reference types="vitest/config" />');
    }
    return;
  }
  const section = resolved(program, test.value as Expression);
  if (section.type !== 'ObjectExpression') {
    throw new ByHand(`'test' is no plain object`, section);
  }
  const own = propertyOf(program, section, 'globalSetup');
  if (!own) {
    source.insertFirst(section, line);
    return;
  }
  const theirs = resolved(program, own.value as Expression);
  if (theirs.type === 'ArrayExpression') source.insertFirst(theirs, setUp);
  else if (theirs.type === 'StringLiteral') source.wrap(theirs, `[${setUp}, `, ']');
  else throw new ByHand(`'globalSetup' is neither a text nor a list`, theirs);
}

function hasSection(program: Program): boolean {
  try {
    const { config } = configIn(program, defaultExport(program));
    return propertyOf(program, config, 'test') !== undefined;
  } catch {
    return false;
  }
}

/** Vite's own types know of no section `test`. */
const isTypedByVite = ({ program, text }: Source): boolean =>
  program.body.some((each) => each.type === 'ImportDeclaration' && each.source.value === 'vite') &&
  !/['"]vitest(\/config)?['"]/.test(text);

interface Found {
  config: ObjectExpression;
  /** It is put over another one. */
  merged: boolean;
}

/** @throws ByHand */
function configIn(program: Program, given: Exported): Found {
  const node = given.type === 'FunctionDeclaration' ? given : resolved(program, given);
  switch (node.type) {
    case 'ObjectExpression':
      return { config: node, merged: false };
    case 'CallExpression':
      return configOf(program, node);
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
    case 'FunctionDeclaration':
      return configIn(
        program,
        node.body.type === 'BlockStatement' ? returned(node.body) : node.body,
      );
    default:
      throw new ByHand('its config is not written out there', node);
  }
}

/** @throws ByHand */
function configOf(program: Program, call: CallExpression): Found {
  const { callee } = call;
  const name = callee.type === 'Identifier' ? originalName(program, callee.name) : '';
  const [first, second] = call.arguments as Expression[];
  if (name === 'mergeConfig' && first && second) {
    try {
      return { ...configIn(program, second), merged: true };
    } catch {
      return { ...configIn(program, first), merged: true };
    }
  }
  if (!first || !HELPERS.has(name)) throw new ByHand('a call makes the config', call);
  return configIn(program, first);
}

/** What a name was before an import gave it another. */
function originalName(program: Program, name: string): string {
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration') continue;
    for (const each of statement.specifiers) {
      if (each.type !== 'ImportSpecifier' || each.local.name !== name) continue;
      if (each.imported.type === 'Identifier') return each.imported.name;
    }
  }
  return name;
}

/**
 * What a function returns, where it does so at one place, at its end.
 *
 * @throws ByHand
 */
function returned(body: BlockStatement): Expression {
  const nodes = [...nodesIn(body)];
  const inner = nodes.filter(({ type }) => /Function|Method/.test(type));
  const returns = nodes.filter(
    ({ type, start, end }) =>
      type === 'ReturnStatement' &&
      !inner.some((each) => each.start! < start! && end! <= each.end!),
  );
  const last = body.body.at(-1);
  if (last?.type !== 'ReturnStatement' || !last.argument || returns.length > 1) {
    throw new ByHand('a function makes the config, in more than one way', body);
  }
  return last.argument;
}
