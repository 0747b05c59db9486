import { parse, parseExpression } from '@babel/parser';
import type { ArrayExpression, Node, ObjectExpression, Program } from '@babel/types';
import { ByHand, mentions, nodesIn } from './syntax.ts';

const BOM = '\ufeff';
/** Blanks and a comment, where nothing else is left of the line. */
const REST_OF_LINE = /^[ \t]*(?:\/\/.*)?(?=\r?\n)/;

/**
 * A config as its author has written it, and what is put into it. Nothing of it is ever removed or
 * written anew: line ends, indentation, quotes, comments and a byte order mark stay.
 */
export class Source {
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  /** Of JSON, the one with the value as its only statement. */
  readonly program: Program;
  readonly #bom: string;
  readonly #insertions: { at: number; text: string }[] = [];

  /** @throws ByHand where it cannot be parsed. */
  constructor(file: string, text: string) {
    this.file = file;
    this.#bom = text.startsWith(BOM) ? BOM : '';
    this.text = text.slice(this.#bom.length);
    try {
      this.program = this.isJson ? parsedJson(this.text) : parsed(file, this.text);
    } catch (error) {
      const { loc } = error as { loc?: { line: number } };
      throw new ByHand(`it cannot be parsed${loc ? ` (line ${loc.line})` : ''}`);
    }
  }

  get isJson(): boolean {
    return this.file.endsWith('.json');
  }

  insert(at: number, text: string): void {
    this.#insertions.push({ at, text });
  }

  /** Before and behind what is there. */
  wrap({ start, end }: Node, before: string, behind: string): void {
    this.insert(start!, before);
    this.insert(end!, behind);
  }

  /** As the first of what stands in the brackets. */
  insertFirst(brackets: ObjectExpression | ArrayExpression, code: string): void {
    const [first] = 'elements' in brackets ? brackets.elements : brackets.properties;
    const inside = brackets.start! + 1;
    const between = this.text.slice(inside, brackets.end! - 1);
    if (!first && /^[ \t]*$/.test(between)) {
      const space = brackets.type === 'ArrayExpression' ? '' : ' ';
      this.insert(inside, `${space}${code}${between === '' ? space : ''}`);
      return;
    }
    const restOfLine = REST_OF_LINE.exec(between);
    if (restOfLine) {
      const indent = first
        ? this.#indentAt(first.start!)
        : this.#indentAt(brackets.start!) + this.#indentUnit;
      const comma = first || !this.isJson ? ',' : '';
      this.insert(inside + restOfLine[0].length, `${this.#lineEnd}${indent}${code}${comma}`);
      return;
    }
    this.insert(inside + /^[ \t]*/.exec(between)![0].length, `${code}, `);
  }

  /** As the first line of the file. */
  insertLine(code: string): void {
    this.insert(0, `${code}${this.#lineEnd}`);
  }

  /** As an import, or a `require` where the file has those. */
  insertImport(name: string, from: string): void {
    const isModule = this.program.sourceType === 'module';
    const what = isModule
      ? `import { ${name} } from ${this.quoted(from)}`
      : `const { ${name} } = require(${this.quoted(from)})`;
    const code = `${what}${this.#semicolon}`;
    const { body, directives } = this.program;
    const others = isModule
      ? body.filter(({ type }) => type === 'ImportDeclaration')
      : body.slice(
          0,
          body.findIndex((each) => !isRequire(each)),
        );
    const last = others.at(-1) ?? directives.at(-1);
    if (last) {
      const restOfLine = REST_OF_LINE.exec(this.text.slice(last.end!));
      this.insert(last.end! + (restOfLine?.[0].length ?? 0), `${this.#lineEnd}${code}`);
      return;
    }
    const first = body[0]!;
    const above = first.leadingComments?.at(-1);
    // A type stays with what it is said of.
    const at = above?.value.includes('@type') ? above.start! : first.start!;
    this.insert(at, `${code}${this.#lineEnd}${this.#lineEnd}`);
  }

  /**
   * By which name the file has what a module exports; undefined where it does not import that.
   *
   * @throws ByHand where the name is taken.
   */
  nameOfImport(name: string, from: string): string | undefined {
    for (const statement of this.program.body) {
      if (statement.type === 'ImportDeclaration' && statement.source.value === from) {
        for (const each of statement.specifiers) {
          if (each.type !== 'ImportSpecifier') continue;
          const { imported, local } = each;
          if (imported.type === 'Identifier' && imported.name === name) return local.name;
        }
      }
      if (statement.type !== 'VariableDeclaration') continue;
      for (const { id, init } of statement.declarations) {
        if (id.type !== 'ObjectPattern' || requiredIn(init) !== from) continue;
        for (const each of id.properties) {
          if (each.type !== 'ObjectProperty' || each.value.type !== 'Identifier') continue;
          if (each.key.type === 'Identifier' && each.key.name === name) return each.value.name;
        }
      }
    }
    if (mentions(this.program, name) > 0) throw new ByHand(`'${name}' is something else there`);
    return undefined;
  }

  /** Whether the file imports that, and does something with it. */
  uses(name: string, from: string): boolean {
    try {
      const local = this.nameOfImport(name, from);
      return local !== undefined && mentions(this.program, local) > 1;
    } catch {
      return false;
    }
  }

  /** Whether a text is in it that passes, but for the sources of imports. */
  hasText(test: RegExp): boolean {
    const sources = new Set<Node | null | undefined>();
    for (const node of nodesIn(this.program)) {
      if (node.type === 'ImportDeclaration') sources.add(node.source);
      if (requiredIn(node) !== undefined && 'arguments' in node) sources.add(node.arguments[0]);
      if (node.type === 'StringLiteral' && !sources.has(node) && test.test(node.value)) return true;
    }
    return false;
  }

  quoted(text: string): string {
    return `${this.#quote}${text}${this.#quote}`;
  }

  /** With all that was inserted. */
  get edited(): string {
    let edited = '';
    let from = 0;
    for (const { at, text } of this.#insertions.toSorted((a, b) => a.at - b.at)) {
      edited += this.text.slice(from, at) + text;
      from = at;
    }
    return `${this.#bom}${edited}${this.text.slice(from)}`;
  }

  get #lineEnd(): string {
    return /\r?\n/.exec(this.text)?.[0] ?? '\n';
  }

  get #indentUnit(): string {
    const [, indent = '  '] = /^([ \t]+)[^\s*]/m.exec(this.text) ?? [];
    return indent.startsWith('\t') ? '\t' : indent;
  }

  #indentAt(place: number): string {
    const line = this.text.slice(this.text.lastIndexOf('\n', place - 1) + 1, place);
    return /^[ \t]*/.exec(line)![0];
  }

  get #quote(): string {
    if (this.isJson) return '"';
    let single = 0;
    let double = 0;
    for (const node of nodesIn(this.program)) {
      const { type, start } = node.type === 'ObjectProperty' ? node.key : node;
      if (type !== 'StringLiteral') continue;
      if (this.text[start!] === '"') double++;
      else single++;
    }
    return double > single ? '"' : "'";
  }

  get #semicolon(): string {
    const ends = this.program.body.filter(({ type }) => !type.startsWith('Function'));
    return ends.every(({ end }) => this.text[end! - 1] !== ';') ? '' : ';';
  }
}

const parsed = (file: string, text: string): Program =>
  parse(text, {
    sourceType: 'unambiguous',
    plugins: /\.[mc]?ts$/.test(file) ? ['typescript'] : ['jsx'],
  }).program;

function parsedJson(text: string): Program {
  JSON.parse(text);
  const expression = parseExpression(text);
  const { start, end, loc } = expression;
  const statement = { type: 'ExpressionStatement', expression, start, end, loc } as const;
  const program = { type: 'Program', body: [statement], directives: [], start, end, loc };
  return { ...program, sourceType: 'script' } as unknown as Program;
}

/** What `require('…')` asks for, also where only a part of it is taken. */
function requiredIn(node: Node | null | undefined): string | undefined {
  if (node?.type === 'MemberExpression') return requiredIn(node.object);
  if (node?.type !== 'CallExpression') return undefined;
  const [argument] = node.arguments;
  const { callee } = node;
  if (callee.type !== 'Identifier' || callee.name !== 'require') return undefined;
  return argument?.type === 'StringLiteral' ? argument.value : undefined;
}

const isRequire = (statement: Node): boolean =>
  statement.type === 'VariableDeclaration' &&
  statement.declarations.every(({ init }) => requiredIn(init) !== undefined);
