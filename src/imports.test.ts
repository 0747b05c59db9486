import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = dirname(import.meta.dirname);

type Room = keyof typeof MAY_IMPORT;

type Right = 'all' | 'type' | 'dynamic';

const ALL = { protocol: 'all', config: 'all', broker: 'all', client: 'all' } as const;

/**
 * What each room may import beside itself, as docs/architecture.md has it. `type`: types only;
 * `dynamic`: types, and the rest on demand.
 */
const MAY_IMPORT = {
  protocol: {},
  core: { protocol: 'all' },
  config: { protocol: 'all', core: 'type' },
  broker: { protocol: 'all', core: 'all', config: 'all', report: 'dynamic' },
  client: { protocol: 'all', config: 'all' },
  plugins: { protocol: 'all', config: 'all', client: 'type' },
  report: { protocol: 'all', core: 'type' },
  cli: { ...ALL, report: 'all' },
  '../integrations': { ...ALL, report: 'all' },
  '../fixtures': { protocol: 'all', client: 'all', config: 'all', '../integrations': 'dynamic' },
} satisfies Record<string, Record<string, Right>>;

const ROOMS = Object.keys(MAY_IMPORT) as Room[];

test.each(ROOMS)('%s imports only what the house allows', (room) => {
  const allowed: Record<string, Right> = { [room]: 'all', ...MAY_IMPORT[room] };
  const imports = importsOf(room);
  expect(imports).not.toEqual([]);
  const trespasses = imports.filter(({ to, kind }) => {
    const right = allowed[to];
    return !(right === 'all' || (right && kind === 'type') || right === kind);
  });
  expect(trespasses).toEqual([]);
});

test('the core does no input, no output, keeps no timers and waits for nothing', () => {
  const sources = sourcesOf('core').map((file) => readFileSync(file, 'utf8'));
  expect(
    sources.filter((text) =>
      /from 'node:|\bsetTimeout|\bsetInterval|\bawait\b|Date\.now/.test(text),
    ),
  ).toEqual([]);
});

test('fixtures and integrations import no runner at run time, but for what only workers load', () => {
  const files = [...filesUnder(join(ROOT, 'fixtures')), ...filesUnder(join(ROOT, 'integrations'))];
  const atRunTime = files.filter((file) =>
    /^import (?!type\b)[^;]*from '(vitest|@playwright\/test|jest|@jest\/\w+|@wdio\/\w+|webdriverio|mocha)/m.test(
      readFileSync(file, 'utf8'),
    ),
  );
  expect(atRunTime.map((file) => relative(ROOT, file))).toEqual(['fixtures/vitest-hooks.ts']);
});

interface Import {
  from: string;
  to: string;
  kind: 'static' | Exclude<Right, 'all'>;
}

function importsOf(room: Room): Import[] {
  return sourcesOf(room).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const found = text.matchAll(
      /(import|export)( type)?\s[^;]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/g,
    );
    return [...found].map((match) => {
      const target = relative(join(ROOT, 'src'), join(dirname(file), match[3] ?? match[4]!));
      return {
        from: relative(ROOT, file),
        to: /^(?:\.\.\/)?[^/]+/.exec(target)![0],
        kind: match[4] ? 'dynamic' : match[2] ? 'type' : 'static',
      };
    });
  });
}

const sourcesOf = (room: Room): string[] => filesUnder(join(ROOT, 'src', room));

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}
