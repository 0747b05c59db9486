import { createHash } from 'node:crypto';
import { HtmlValidate } from 'html-validate';
import { expect, test } from 'vitest';
import { reportHtml } from './html.ts';
import { unpack } from './page/packed.ts';
import { run, WHAT_IF } from './run.fixture.ts';

const HOSTILE = '</script><img src=x onerror=alert(1)><!--<script>&amp;\u2028\u2029"\'';

test('the page is valid HTML', async () => {
  const checker = new HtmlValidate({ extends: ['html-validate:standard', 'html-validate:a11y'] });
  const { results } = await checker.validateString(reportHtml({ ...run(), whatIf: WHAT_IF }));
  expect(
    results.flatMap(({ messages }) => messages.map(({ message, line }) => [line, message])),
  ).toEqual([]);
});

test('names of tests are data, which no parser takes for anything else', () => {
  const data = run(4);
  for (const lease of data.leases) lease.test = HOSTILE;
  data.pools[0]!.name = HOSTILE;
  data.version = HOSTILE;
  const html = reportHtml(data);
  expect(html).not.toContain('<img');
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  const json = /<script type="application\/json" id="data">(.*)<\/script>/.exec(html)![1]!;
  expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  expect(unpack(JSON.parse(json))).toEqual(data);
});

test('the name of a test is told once, however many leases it had', () => {
  const html = reportHtml(run(100));
  expect(html.split('buys a book')).toHaveLength(2);
});

test('the policy allows the script and the style that are in it, and nothing else', () => {
  const html = reportHtml(run(4));
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!.split('; ');
  const hash = (element: string): string => {
    const text = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html)![1]!;
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  expect(policy).toEqual([
    "default-src 'none'",
    `script-src ${hash('script')}`,
    `style-src ${hash('style')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(html).not.toMatch(/ (style|on\w+)="/);
  expect(html).not.toMatch(/https?:/);
});
