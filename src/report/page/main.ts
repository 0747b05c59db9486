import { Chart } from './chart.ts';
import type { ReportLease, ReportWait } from './data.ts';
import { byId, el } from './dom.ts';
import { type Bar, Lanes, type Row } from './lanes.ts';
import { brush, type Look } from './look.ts';
import { showOverview } from './overview.ts';
import { unpack } from './packed.ts';
import { EVERYTHING, type Filter, poolsOf, select, workersOf } from './selection.ts';
import { Table } from './table.ts';
import { showWhatIf } from './what-if.ts';
import { count, duration, workerName } from './words.ts';

const data = unpack(JSON.parse(byId('data').textContent!));
/** Characters that a column of the details has room for. */
const WIDE = 40;
const since = (ms: number): string => duration(ms - data.fromMs);

const resourcesName = ({ resources }: ReportLease): string =>
  resources.map(({ pool, resource }) => `${pool} ${resource}`).join(', ');

/** What is known of a bar, by name, in order of importance. */
function facts(bar: Bar): [string, string][] {
  const { from, to } = bar;
  const time: [string, string] = ['Time', `${since(from)} to ${since(to)}`];
  if (bar.kind === 'span') {
    const { pool, resource, state } = bar.of;
    return [
      ['Resource', `${pool} ${resource}`],
      ['State', state],
      ['For', duration(to - from)],
      time,
    ];
  }
  const { of } = bar;
  const told: [string, string | undefined][] = [
    ['Test', of.test],
    ['File', of.file],
    ['Worker', workerName(of.who)],
    ['Process', of.who.pid === undefined ? undefined : `${of.who.pid}`],
  ];
  if (bar.kind === 'lease') {
    const { token, waitedMs, reason, why } = bar.of;
    told.push(
      ['Resource', resourcesName(bar.of)],
      ['Token', `${token}`],
      ['Waited', duration(waitedMs)],
      ['Held', duration(to - from)],
      ['End', reason === 'held' ? 'none in the journal' : reason],
      ['Why', why],
    );
  } else {
    told.push(
      ['Waited for', bar.of.pools.join(', ')],
      ['Waited', duration(to - from)],
      ['End', bar.of.reason],
    );
  }
  told.push(time);
  return told.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function name(bar: Bar): string {
  const { from, to } = bar;
  const took = duration(to - from);
  if (bar.kind === 'span') return `${bar.of.pool} ${bar.of.resource}: ${bar.of.state} for ${took}`;
  const { test, file, who: identity } = bar.of;
  const who = [test ?? 'no test told', file, workerName(identity)].filter(Boolean).join('\n');
  if (bar.kind === 'wait') {
    return `${who}\nwaited ${took} for ${bar.of.pools.join(', ')}: ${bar.of.reason}`;
  }
  const { waitedMs, reason, token } = bar.of;
  const end = reason === 'held' ? 'not ended' : reason;
  return `${who}\n${resourcesName(bar.of)}, token ${token}\nwaited ${duration(waitedMs)}, held ${took}: ${end}`;
}

function showDetails(bar: Bar | undefined): void {
  if (!bar) {
    const hint = 'Choose a bar to see its test, worker, token and times.';
    byId('details').replaceChildren(el('p', { class: 'soft' }, hint));
    return;
  }
  const list = el('dl');
  for (const [term, text] of facts(bar)) {
    const wide = text.length > WIDE ? { class: 'wide' } : {};
    list.append(el('div', wide, el('dt', {}, term), el('dd', {}, text)));
  }
  const title = { lease: 'Lease', wait: 'Wait', span: 'Between leases' }[bar.kind];
  byId('details').replaceChildren(el('h3', {}, title), list);
}

function showLegend(rows: Row[]): void {
  const looks = new Set<Look>();
  for (const row of rows) {
    if (row.kind === 'lane') for (const bar of row.bars) if (bar.shown) looks.add(bar.look);
  }
  const style = getComputedStyle(document.documentElement);
  const items = [...looks].map((look) => {
    const swatch = el('canvas', { width: '28', height: '14', 'aria-hidden': 'true' });
    brush(swatch.getContext('2d')!, look, style)(0, 0, 28, 14);
    return el('li', {}, swatch, look.legend);
  });
  byId('legend').replaceChildren(...items);
}

const chart = new Chart({ from: data.fromMs, to: data.toMs }, name, showDetails);
const toTimeline = <T extends ReportLease | ReportWait>(what: string, id: (row: T) => number) => ({
  label: (row: T) => `${what} ${id(row)}: show in the timeline`,
  do: (row: T) => {
    chart.reveal(row);
    byId('timeline').scrollIntoView({ block: 'start' });
  },
});
const leases = new Table<ReportLease>(
  'leases',
  'Leases',
  'No lease fits.',
  data.leases,
  [
    {
      title: 'Token',
      text: ({ token }) => `${token}`,
      value: ({ token }) => token,
      act: toTimeline('Token', ({ token }) => token),
    },
    { title: 'Resource', text: resourcesName },
    { title: 'Test', text: ({ test = '–' }) => test },
    { title: 'File', text: ({ file = '–' }) => file },
    { title: 'Worker', text: ({ who }) => workerName(who) },
    { title: 'From', text: ({ from }) => since(from), value: ({ from }) => from },
    {
      title: 'Waited',
      text: ({ waitedMs }) => duration(waitedMs),
      value: ({ waitedMs }) => waitedMs,
    },
    {
      title: 'Held',
      text: ({ from, to }) => duration(to - from),
      value: ({ from, to }) => to - from,
    },
    { title: 'End', text: ({ reason }) => (reason === 'held' ? 'not ended' : reason) },
  ],
  { column: 5, down: false },
);
const waits = new Table<ReportWait>(
  'waits',
  'Waits',
  data.waits.length === 0 ? 'Nobody had to wait.' : 'No wait fits.',
  data.waits,
  [
    {
      title: 'Wait',
      text: ({ ticket }) => `${ticket}`,
      value: ({ ticket }) => ticket,
      act: toTimeline('Wait', ({ ticket }) => ticket),
    },
    { title: 'For', text: ({ pools }) => pools.join(', ') },
    { title: 'Test', text: ({ test = '–' }) => test },
    { title: 'File', text: ({ file = '–' }) => file },
    { title: 'Worker', text: ({ who }) => workerName(who) },
    { title: 'From', text: ({ from }) => since(from), value: ({ from }) => from },
    {
      title: 'Waited',
      text: ({ from, to }) => duration(to - from),
      value: ({ from, to }) => to - from,
    },
    { title: 'End', text: ({ reason }) => reason },
  ],
  { column: 6, down: true },
);

const lanes = new Lanes(data);
let rows: Row[] = [];

function show(filter: Filter): void {
  const selection = select(data, filter);
  rows = lanes.rows(selection);
  chart.show(rows);
  showLegend(rows);
  leases.show(selection.leases);
  waits.show(selection.waits);
  const all = data.leases.length + data.waits.length;
  const some = selection.leases.size + selection.waits.size;
  const shown = `${count(selection.leases.size, 'lease')}, ${count(selection.waits.size, 'wait')}`;
  byId('shown').textContent = all === some ? shown : `${shown} (of ${all.toLocaleString('en')})`;
  byId('reset').hidden = filter.pool + filter.worker + filter.text === '';
}

const pool = byId<HTMLSelectElement>('pool');
const worker = byId<HTMLSelectElement>('worker');
const text = byId<HTMLInputElement>('text');
for (const one of poolsOf(data)) pool.append(el('option', { value: one }, one));
for (const one of workersOf(data)) worker.append(el('option', { value: one }, one));
const filtered = (): void =>
  show({ pool: pool.value, worker: worker.value, text: text.value.trim() });
for (const field of [pool, worker, text]) field.addEventListener('input', filtered);
byId('reset').addEventListener('click', () => {
  pool.value = worker.value = text.value = '';
  filtered();
  text.focus();
});
for (const query of ['(prefers-color-scheme: dark)', 'print']) {
  matchMedia(query).addEventListener('change', () => showLegend(rows));
}

byId('truncated').hidden = !data.truncated;
byId('cut-off').hidden = !data.cutOff;
byId('nothing').hidden = data.leases.length + data.waits.length > 0;
byId('headline').hidden = byId('filled').hidden = data.leases.length + data.waits.length === 0;
showOverview(data);
showWhatIf(data.whatIf);
show(EVERYTHING);
