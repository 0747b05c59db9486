import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { unpack } from '../report/page/packed.ts';
import { parseCommand } from './command.ts';
import { report } from './report.ts';

const run = async (...args: string[]) => report.run(parseCommand(report, args)!);

const JOURNAL = `{"journal":1,"version":"1.2.3","pools":[{"name":"accounts","size":2}]}
{"type":"session","session":1,"identity":{"worker":"7"},"at":1000,"ms":0}
{"type":"grant","ticket":1,"lease":"accounts#1","resources":[{"pool":"accounts","resource":0},{"pool":"accounts","resource":1}],"session":1,"purpose":{"test":"buys"},"waitedMs":5,"at":1010,"ms":10}
{"type":"end","lease":"accounts#1","reason":"expired","heldMs":20,"at":1030,"ms":30}
`;

let directory: string;
let journal: string;
let told: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  journal = join(directory, 'journal.jsonl');
  writeFileSync(journal, JOURNAL);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

test('draws a journal, each lease once, and says where', async () => {
  const out = join(directory, 'out.html');
  expect(await run(journal, '--out', out)).toBe(0);
  expect(process.stdout.write).toHaveBeenCalledWith(`${out}\n`);
  const json = /id="data">(.*)<\/script>/.exec(readFileSync(out, 'utf8'))![1]!;
  expect(unpack(JSON.parse(json))).toMatchObject({
    version: '1.2.3',
    fromMs: 0,
    toMs: 30,
    leases: [
      {
        test: 'buys',
        token: 1,
        resources: [{ resource: 0 }, { resource: 1 }],
        who: { worker: '7' },
        reason: 'expired',
      },
    ],
  });
});

test('says what is no file, and what cannot be written', async () => {
  expect(await run(join(directory, 'none'))).toBe(1);
  expect(told).toHaveBeenLastCalledWith(expect.stringContaining('the journal was not read'));
  expect(await run(journal, '--out', directory)).toBe(1);
  expect(told).toHaveBeenLastCalledWith(expect.stringContaining('the report was not written'));
});

test('refuses a wrong use, and what is no journal', async () => {
  const code = (code: string) => expect.objectContaining({ code });
  for (const args of [[], [journal, journal], [journal, '--outt', 'x']]) {
    await expect(run(...args)).rejects.toEqual(code('bad_option'));
  }
  writeFileSync(journal, '<html>');
  await expect(run(journal)).rejects.toEqual(code('bad_journal'));
});
