import type { ReportWhatIf } from './data.ts';
import { byId, el } from './dom.ts';
import { duration } from './words.ts';

/** Of the time as it was: what differs by less is no difference. */
const NOTHING = 0.01;

/**
 * For each pool one sentence, and its predicted run times as bars in a table: a chart that can be
 * read out. It is open where more resources would have saved something.
 */
export function showWhatIf(pools: ReportWhatIf[]): void {
  byId('what-if').hidden = pools.length === 0;
  byId('what-ifs').replaceChildren(...pools.map(whatIf));
}

function whatIf({ pool, size, predictions, sentence }: ReportWhatIf): HTMLElement {
  const longest = Math.max(...predictions.map(({ runMs = 0 }) => runMs), 1);
  const rows = predictions.map((one) => {
    const now = one.size === size;
    const bar = el('span', { class: 'bar' });
    bar.style.width = `${((one.runMs ?? 0) / longest) * 100}%`;
    return el(
      'tr',
      now ? { class: 'now' } : {},
      el('th', { scope: 'row' }, now ? `${one.size} (now)` : `${one.size}`),
      el('td', {}, bar),
      el('td', { class: 'number' }, one.runMs === undefined ? 'never ends' : duration(one.runMs)),
    );
  });
  const head = ['Size', 'Bar', 'Run'].map((title, i) =>
    el(
      'th',
      { scope: 'col', ...(i === 2 && { class: 'number' }) },
      i === 1 ? el('span', { class: 'unseen' }, title) : title,
    ),
  );
  const now = predictions.find((one) => one.size === size)?.runMs ?? longest;
  const saves = predictions.some((one) => one.size > size && saved(now, one.runMs));
  return el(
    'article',
    { class: 'card' },
    el('h3', {}, pool),
    el('p', {}, sentence),
    el(
      'details',
      saves ? { open: '' } : {},
      el('summary', { 'aria-label': `Run by size, ${pool}` }, 'Run by size'),
      el(
        'table',
        { 'aria-label': `Predicted run time by the size of ${pool}` },
        el('thead', {}, el('tr', {}, ...head)),
        el('tbody', {}, ...rows),
      ),
    ),
  );
}

const saved = (now: number, then = Infinity): boolean => then < now * (1 - NOTHING);
