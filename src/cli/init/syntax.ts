import type {
  Expression,
  FunctionDeclaration,
  Node,
  ObjectExpression,
  ObjectProperty,
  Program,
} from '@babel/types';

/** Why a config is left to the person who wrote it: where, and what stands there. */
export class ByHand extends Error {
  readonly line: number | undefined;

  constructor(why: string, node?: Node | null) {
    super(why);
    this.line = node?.loc?.start.line;
  }
}

/** The node and all below it, but for plain names of properties. */
export function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const [field, below] of Object.entries(node)) {
    if (field.endsWith('Comments') || isPlainName(node, field)) continue;
    for (const each of Array.isArray(below) ? below : [below]) {
      if (typeof each?.type === 'string') yield* nodesIn(each);
    }
  }
}

function isPlainName(node: Node, field: string): boolean {
  if (node.type === 'ObjectProperty') return field === 'key' && !node.computed && !node.shorthand;
  if (node.type === 'ObjectMethod') return field === 'key' && !node.computed;
  return node.type === 'MemberExpression' && field === 'property' && !node.computed;
}

/** How often a name stands in the program. */
export function mentions(program: Program, name: string): number {
  const places = new Set<number>();
  for (const node of nodesIn(program)) {
    if (node.type === 'Identifier' && node.name === name) places.add(node.start!);
  }
  return places.size;
}

/** The expression without what only TypeScript sees. */
export function bare(node: Expression): Expression {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
    case 'TSNonNullExpression':
      return bare(node.expression);
    default:
      return node;
  }
}

/** What a constant of the program's top level is made as. */
export function constantOf(program: Program, name: string): Expression | undefined {
  for (const statement of program.body) {
    const declared =
      statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declared?.type !== 'VariableDeclaration' || declared.kind !== 'const') continue;
    for (const { id, init } of declared.declarations) {
      if (id.type === 'Identifier' && id.name === name && init) return init;
    }
  }
  return undefined;
}

/**
 * What an expression stands for, through constants that nothing else uses: to edit one is to edit
 * the expression, and no more.
 *
 * @throws ByHand
 */
export function resolved(program: Program, expression: Expression): Expression {
  const node = bare(expression);
  if (node.type !== 'Identifier') return node;
  const made = constantOf(program, node.name);
  if (!made) throw new ByHand(`'${node.name}' is made elsewhere`, node);
  if (mentions(program, node.name) > 2) {
    throw new ByHand(`'${node.name}' is used more than once`, node);
  }
  return resolved(program, made);
}

const isNamed = ({ key, computed }: { key: Node; computed: boolean }, name: string): boolean =>
  key.type === 'StringLiteral'
    ? key.value === name
    : !computed && 'name' in key && key.name === name;

const isUnknown = ({ key, computed }: { key: Node; computed: boolean }): boolean =>
  computed && key.type !== 'StringLiteral';

/**
 * The property of that name.
 *
 * @throws ByHand where something else could be it, or is put over it.
 */
export function propertyOf(
  program: Program,
  { properties }: ObjectExpression,
  name: string,
): ObjectProperty | undefined {
  let found: ObjectProperty | undefined;
  let doubt: ByHand | undefined;
  for (const each of properties) {
    if (each.type === 'SpreadElement') {
      if (!mayHave(program, each.argument, name)) continue;
      doubt = new ByHand(`what is spread there may have '${name}'`, each);
    } else if (isUnknown(each)) {
      doubt = new ByHand(`a computed name there may be '${name}'`, each);
    } else if (isNamed(each, name)) {
      doubt = undefined;
      if (each.type === 'ObjectMethod') doubt = new ByHand(`'${name}' is a method there`, each);
      else found = each;
    }
  }
  if (doubt) throw doubt;
  return found;
}

function mayHave(program: Program, expression: Expression, name: string): boolean {
  const node = bare(expression);
  const may = (each: Expression) => mayHave(program, each, name);
  switch (node.type) {
    case 'ObjectExpression':
      return node.properties.some((each) =>
        each.type === 'SpreadElement' ? may(each.argument) : isUnknown(each) || isNamed(each, name),
      );
    case 'LogicalExpression':
      // Of `no && { … }` there is nothing to spread.
      return (node.operator !== '&&' && may(node.left)) || may(node.right);
    case 'ConditionalExpression':
      return may(node.consequent) || may(node.alternate);
    case 'Identifier': {
      const made = constantOf(program, node.name);
      // What is made here could still be added to elsewhere.
      if (made && mentions(program, node.name) === 2) return may(made);
      return node.name !== 'undefined';
    }
    default:
      return node.type !== 'NullLiteral' && node.type !== 'BooleanLiteral';
  }
}

export type Exported = Expression | FunctionDeclaration;

/**
 * What a module gives as its default: `export default`, `module.exports =` or `export =`.
 *
 * @throws ByHand
 */
export function defaultExport(program: Program): Exported {
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      if (declaration.type !== 'ClassDeclaration' && declaration.type !== 'TSDeclareFunction') {
        return declaration;
      }
    }
    if (statement.type === 'TSExportAssignment') return statement.expression;
    const given = assigned(program, statement, 'module', 'exports');
    if (given) return given;
  }
  throw new ByHand('no single `export default` or `module.exports =` is in it');
}

/**
 * What a module exports under a name.
 *
 * @throws ByHand
 */
export function namedExport(program: Program, name: string): Expression {
  for (const statement of program.body) {
    if (statement.type === 'ExportNamedDeclaration') {
      const { declaration, specifiers, source } = statement;
      const declares =
        declaration?.type === 'VariableDeclaration' &&
        declaration.declarations.some(({ id }) => id.type === 'Identifier' && id.name === name);
      const made = declares ? constantOf(program, name) : undefined;
      if (made && mentions(program, name) === 1) return made;
      for (const each of source ? [] : specifiers) {
        if (each.type !== 'ExportSpecifier' || nameIn(each.exported) !== name) continue;
        return each.local;
      }
    }
    const given =
      assigned(program, statement, 'exports', name) ??
      assigned(program, statement, 'module', 'exports', name);
    if (given) return given;
  }
  for (const statement of program.body) {
    const all = assigned(program, statement, 'module', 'exports');
    const object = all && resolved(program, all);
    if (object?.type !== 'ObjectExpression') continue;
    const property = propertyOf(program, object, name);
    if (property) return property.value as Expression;
  }
  throw new ByHand(`no single export of '${name}' is in it`);
}

const nameIn = (node: Node): string | undefined =>
  node.type === 'Identifier' ? node.name : node.type === 'StringLiteral' ? node.value : undefined;

/** The right side of `a.b.c = …`, where `a` is nowhere else in the program. */
function assigned(program: Program, statement: Node, ...path: string[]): Expression | undefined {
  if (statement.type !== 'ExpressionStatement') return undefined;
  const { expression } = statement;
  if (expression.type !== 'AssignmentExpression' || expression.operator !== '=') return undefined;
  let left: Node = expression.left;
  for (const name of path.slice(1).reverse()) {
    if (left.type !== 'MemberExpression' || left.computed || nameIn(left.property) !== name) {
      return undefined;
    }
    left = left.object;
  }
  if (nameIn(left) !== path[0] || mentions(program, path[0]!) > 1) return undefined;
  return expression.right;
}
