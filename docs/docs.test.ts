import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { HANDLERS } from '../src/broker/handlers/index.ts';
import { resolveConfig } from '../src/config/check.ts';
import { defineConfig } from '../src/config/define.ts';
import { MAX_POOL_SIZE, pool, ports, slots } from '../src/config/pools.ts';
import { MAX_DURATION_MS } from '../src/protocol/duration.ts';
import {
  DEFAULT_LEASE_TTL_MS,
  DEFAULT_LIMITS,
  DEFAULT_WAIT_MS,
  DRAIN_MS,
  LIST_PAGE,
  MAX_FILTER_PARTS,
  MAX_ID_LENGTH,
  MAX_LABEL,
  MAX_SCOPES,
  MAX_WANTS,
  MIN_LEASE_TTL_MS,
  NOTICE_MS,
  STATUS_ROWS,
} from '../src/protocol/limits.ts';
import { proofOf, WIRE_VERSION } from '../src/protocol/proof.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const PROTOCOL = read('protocol.md');
const ERRORS = read('errors.md');

/** What is shipped: every source file but tests, with its path. */
const SOURCES = new Map(
  ['src', 'integrations', 'fixtures'].flatMap((room) =>
    readdirSync(fileURLToPath(new URL(`../${room}`, import.meta.url)), { recursive: true })
      .map((name) => `${room}/${name}`.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .map((path): [string, string] => [path, read(`../${path}`)]),
  ),
);
const SOURCE = [...SOURCES.values()].join('\n');

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found!);
const headings = (page: string, level: number): string[] =>
  matches(
    page.replaceAll(/^```[\s\S]*?^```$/gm, ''),
    new RegExp(`^${'#'.repeat(level)} (.+)$`, 'gm'),
  );
const sorted = (names: Iterable<string>): string[] => [...names].sort();
/** The text under a heading, up to the next one. */
const section = (page: string, heading: string): string =>
  page.split(/^(?=#{2,3} )/m).find((part) => part.startsWith(`${heading}\n`))!;
const blocks = (page: string, kind: string): string[] =>
  matches(page, new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)\\n\`\`\`$`, 'gm'));
const number = (text: string): number => Number(text.replaceAll(',', ''));

/** The members of a union of texts, as its source says them. */
const union = (path: string, name: string): string[] =>
  matches(
    new RegExp(`^export type ${name} =([^;]*);`, 'm').exec(SOURCES.get(path)!)![1]!,
    /'(\w+)'/g,
  );
const CODES = union('src/protocol/errors.ts', 'ErrorCode');

describe('docs/errors.md', () => {
  test('has a heading for each code, in order, and none for anything else', () => {
    expect(CODES.length).toBeGreaterThan(20);
    expect(headings(ERRORS, 2)).toEqual(sorted(CODES));
  });

  test.each(CODES)('%s: says what to do, and shows the error', (code) => {
    const text = section(ERRORS, `## ${code}`);
    expect(text).toMatch(/^\*\*What to do\.\*\* .{5}/m);
    const talks = blocks(text, 'wire');
    if (talks.length > 0) expect(talks.join()).toContain(`"error":"${code}"`);
    else expect(blocks(text, 'text')).toHaveLength(1);
  });

  test.each(
    blocks(ERRORS, 'text').map((message) => [message.slice(0, 40).replaceAll('\n', ' '), message]),
  )('the message “%s…” is one of ours', (_, message) => {
    // What stands between placeholders, a sentence at a time: a message may be made of several texts.
    const parts = message!
      .split(/<[^<>]+>|\n|(?<=\.) /)
      .map((part) => part.replaceAll(/^[\s:,.]+|[\s:,.]+$/g, ''))
      .filter((part) => part.length > 3);
    expect(parts.join('').length).toBeGreaterThan(5);
    expect(parts.filter((part) => !SOURCE.includes(part))).toEqual([]);
  });

  test.each(CODES)('%s: its details are named, where its example has some', (code) => {
    const text = section(ERRORS, `## ${code}`);
    for (const talk of blocks(text, 'wire')) {
      const line = talk.split('\n').find((row) => row.includes(`"error":"${code}"`))!;
      const details = /"details":(\{.*\})\}$/.exec(line)![1]!;
      const names = matches(details.replaceAll(/:<\w+>/g, ':0'), /"(\w+)":/g);
      for (const name of names) expect(text).toContain(`\`${name}\``);
    }
  });
});

describe('the union of codes', () => {
  /** Where an error of this code is made. */
  const makers = (code: string): [string, string][] =>
    [...SOURCES].filter(([, text]) =>
      new RegExp(`new BrokerError\\(\\s*(?:[^,]*\\? )?'${code}'`).test(text),
    );

  test.each(CODES)('%s is made somewhere', (code) => {
    expect(makers(code).map(([path]) => path)).not.toEqual([]);
  });

  test('every function that makes an error is called somewhere', () => {
    const unused: string[] = [];
    for (const [path, text] of SOURCES) {
      const names = matches(
        text,
        /(?:function|const) (\w+)\b[^;{}=]*(?:=\s*\([^)]*\))?: BrokerError\b/g,
      );
      for (const name of names) {
        const uses = SOURCE.match(new RegExp(`\\b${name}\\(`, 'g')) ?? [];
        const own = text.match(new RegExp(`function ${name}\\(`, 'g')) ?? [];
        if (uses.length === own.length) unused.push(`${path}: ${name}`);
      }
    }
    expect(unused).toEqual([]);
  });

  test('no code is made that is not in it', () => {
    const made = matches(SOURCE, /new BrokerError\(\s*'(\w+)'/g);
    expect(made.length).toBeGreaterThan(20);
    expect(sorted(new Set(made)).filter((code) => !CODES.includes(code))).toEqual([]);
  });
});

describe('docs/protocol.md', () => {
  const actions = ['hello', 'auth', ...HANDLERS.keys()];
  const talks = blocks(PROTOCOL, 'wire').join('\n');

  test('has a heading and an example for each action, and no other', () => {
    expect(sorted(headings(PROTOCOL, 3))).toEqual(sorted(actions));
    for (const action of actions) {
      expect(blocks(section(PROTOCOL, `### ${action}`), 'wire').join()).toContain(
        `"action":"${action}"`,
      );
    }
  });

  test('names each field that the broker reads', () => {
    const broker = [...SOURCES].filter(([path]) => path.startsWith('src/broker/'));
    const text = broker.map(([, source]) => source).join('\n');
    const fields = [
      ...matches(text, /Field\(request, '(\w+)'/g),
      ...matches(text, /request\.(\w+)/g),
    ];
    expect(fields).toContain('ifVersion');
    const named = new Set(matches(PROTOCOL, /`(\w+)`/g));
    expect(fields.filter((field) => !named.has(field))).toEqual([]);
  });

  test('shows each event, and names each notice', () => {
    const events = matches(SOURCES.get('src/protocol/messages.ts')!, /\{ event: '(\w+)'/g);
    expect(events).not.toEqual([]);
    const notices = union('src/protocol/messages.ts', 'Notice');
    expect(matches(section(PROTOCOL, '## Events'), /^\| `(\w+)` \|/gm)).toEqual([
      ...events,
      ...notices,
    ]);
    for (const event of events) expect(talks).toContain(`{"event":"${event}"`);
  });

  test('names each reason for which a lease ends while its session lives', () => {
    const reasons = union('src/protocol/messages.ts', 'EndReason');
    const told = matches(/^- \*\*Ends\.\*\* .*$/m.exec(PROTOCOL)![0], /\(`(\w+)`\)/g);
    // The last is told to nobody: the session has ended by then.
    expect(sorted([...told, 'stopped'])).toEqual(sorted(reasons));
  });

  test('names no code that is not in the union', () => {
    const named = [
      ...matches(PROTOCOL, /^Errors(?: of all five)?: (.*)\.$/gm).flatMap((line) =>
        matches(line, /`(\w+)`/g),
      ),
      ...matches(PROTOCOL, /"error":"(\w+)"/g),
    ];
    expect(named).toContain('lease_lost');
    expect(named.filter((code) => !CODES.includes(code))).toEqual([]);
  });

  test('has every limit with its default, in the order of the source', () => {
    const rows = [...section(PROTOCOL, '## Limits').matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)];
    expect(rows.map(([, name, value]) => [name, number(value!)])).toEqual(
      Object.entries(DEFAULT_LIMITS),
    );
  });

  test('has the fixed numbers as the source has them', () => {
    const rows = [...section(PROTOCOL, '## Limits').matchAll(/^\| ([\d,]+)(?: ms)? \| (.+?) \|/gm)];
    const numbers = Object.fromEntries(rows.map(([, value, is]) => [is, number(value!)]));
    const cut =
      'UTF-16 code units of a text of `identity` or `purpose`, of a `why`, or of the name of a scope';
    const drain =
      'time for the last replies to be read, before a connection that is ending is closed';
    expect(numbers).toEqual({
      'TTL of a lease, where neither the request nor the config says': DEFAULT_LEASE_TTL_MS,
      'shortest TTL of a lease': MIN_LEASE_TTL_MS,
      'longest wait, where neither the request nor the config says': DEFAULT_WAIT_MS,
      'wait before the notice `slow`': NOTICE_MS,
      'resources, or permits, of one want': MAX_POOL_SIZE,
      'wants of one request': MAX_WANTS,
      'scopes of one request': MAX_SCOPES,
      'texts, numbers, lists and the like of one filter, itself among them': MAX_FILTER_PARTS,
      'longest span': MAX_DURATION_MS,
      'keys in one reply': LIST_PAGE,
      'rows of each list in one reply': STATUS_ROWS,
      'UTF-16 code units of an id': MAX_ID_LENGTH,
      [cut]: MAX_LABEL,
      [drain]: DRAIN_MS,
    });
  });

  test('is of the version that the source speaks', () => {
    expect(headings(PROTOCOL, 1)).toEqual([`The protocol, version ${WIRE_VERSION}`]);
  });

  test('has a test vector that holds', () => {
    const vector = JSON.parse(blocks(PROTOCOL, 'json').at(-1)!);
    expect(vector.version).toBe(WIRE_VERSION);
    expect(vector.brokerProof).toBe(proofOf('broker', vector.secret, vector));
    expect(vector.clientProof).toBe(proofOf('client', vector.secret, vector));
  });

  test('links to headings that are there', () => {
    for (const page of [PROTOCOL, ERRORS]) {
      for (const [, file, anchor] of page.matchAll(/\]\((\w+\.md)?#([\w-]+)\)/g)) {
        const target = file ? read(file) : page;
        const anchors = matches(target, /^#+ (.+)$/gm).map((heading) =>
          heading.toLowerCase().replaceAll(' ', '-'),
        );
        expect(anchors).toContain(anchor);
      }
    }
  });
});

describe('docs/api.md', () => {
  const API = read('api.md');

  test.each(
    [API, read('../README.md')]
      .flatMap((page) => [...blocks(page, 'ts'), ...blocks(page, 'js')])
      .filter((code) => /^export default defineConfig\(\{\n {2}pools:/m.test(code))
      .map((code) => [/export default .*/s.exec(code)![0].replace('export default', 'return')]),
  )('shows configs that the broker takes (%#)', (code) => {
    const run = new Function('defineConfig', 'pool', 'ports', 'slots', code);
    const resolved = resolveConfig(run(defineConfig, pool, ports, slots), 'the page');
    expect(resolved.pools.length).toBeGreaterThan(1);
  });

  test('names each option of a pool', () => {
    const keys = /^const SPEC_KEYS = ([^;]*);/m.exec(
      SOURCES.get('src/config/resolved-pool.ts')!,
    )![1]!;
    // What `pool`, `ports` and `slots` set themselves.
    const own = ['values', 'checked'];
    const options = matches(keys, /(\w+): true/g).filter((key) => !own.includes(key));
    expect(options).toContain('cooldown');
    const rows = section(API, '### What pool, ports and slots take');
    expect(sorted(matches(rows, /^\| `(\w+)/gm))).toEqual(sorted(options));
  });

  test('names each event of the journal, and each reason for the end of a wait', () => {
    const rows = section(API, '### Journal');
    const source = SOURCES.get('src/core/journal.ts')!;
    const types = matches(source, /^(?: {2}\| \{| {6}) ?type: '(\w+)'/gm);
    expect(types).toContain('grant');
    expect(matches(rows, /^\| `(\w+)`/gm)).toEqual(types);
    const reasons = /`wait_end` .*/.exec(rows)![0];
    const ends = union('src/core/journal.ts', 'WaitEnd');
    expect(ends.filter((reason) => !reasons.includes(`\`${reason}\``))).toEqual([]);
  });
});

describe('every page', () => {
  const pages = [
    '../README.md',
    '../CONTRIBUTING.md',
    ...readdirSync(fileURLToPath(new URL('.', import.meta.url))).filter((name) =>
      name.endsWith('.md'),
    ),
  ];

  test.each(pages)('%s links to files that are there', (page) => {
    const links = matches(read(page), /\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g);
    for (const link of links)
      expect(existsSync(new URL(link, new URL(page, import.meta.url)))).toBe(true);
  });

  test.each(pages)('%s shows JSON that is JSON', (page) => {
    for (const block of blocks(read(page), 'json')) JSON.parse(block);
  });

  test('guarantees names tests that are there', () => {
    const named = matches(read('guarantees.md'), /`((?:core|broker|client|e2e)(?:\/[\w/.-]+)?)`/g);
    expect(named).not.toEqual([]);
    for (const path of named) {
      const place = path.startsWith('e2e') ? path : `src/${path}`;
      expect([place, existsSync(new URL(`../${place}`, import.meta.url))]).toEqual([place, true]);
    }
  });
});
