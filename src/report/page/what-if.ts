import type { ReportWhatIf } from './data.ts';
import { byId, el } from './dom.ts';
import { duration } from './words.ts';

/**
 * For each pool one sentence, and its predicted run times as bars in a table: a chart that can be
 * read out. It is open where more resources would have saved something.
 */
export function showWhatIf(pools: ReportWhatIf[]): void {
  byId('what-if').hidden = pools.length === 0;
  byId('what-ifs').replaceChildren(...pools.map(whatIf));
}

function whatIf({ pool, size, predictions, saves, sentence }: ReportWhatIf): HTMLElement {
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
