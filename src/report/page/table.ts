import { byId, el } from './dom.ts';
import { count } from './words.ts';

const ROW = 36;
/** Rows kept above and below what can be seen. */
const SPARE = 8;
/** Paper has no scroll bar: so many are printed. */
const PRINTED = 500;

export interface Column<T> {
  title: string;
  text: (row: T) => string;
  /** By which it is sorted, where not by its text. */
  value?: (row: T) => number;
  /** Makes a button of the cell. */
  act?: { label: (row: T) => string; do: (row: T) => void };
}

const natural = new Intl.Collator('en', { numeric: true });

/** A sortable table, of which only the rows that can be seen are in the document. */
export class Table<T> {
  readonly #columns: Column<T>[];
  readonly #scroller: HTMLElement;
  readonly #body = el('tbody');
  readonly #table: HTMLTableElement;
  readonly #note = el('p', { class: 'soft', hidden: '' });
  readonly #empty: string;
  readonly #headers: HTMLElement[];
  /** In the order in which they are sorted, whether shown or not. */
  #all: T[];
  #chosen: ReadonlySet<T> = new Set();
  #rows: T[] = [];
  #sorted: { column: number; down: boolean };
  #first = -1;
  #printing = false;

  /** @param empty is said in place of a table without rows; @param all the rows there are. */
  constructor(
    id: string,
    name: string,
    empty: string,
    all: T[],
    columns: Column<T>[],
    sorted: { column: number; down: boolean },
  ) {
    this.#columns = columns;
    this.#empty = empty;
    this.#all = all;
    this.#sorted = sorted;
    this.#headers = columns.map(({ title, value }, i) => {
      const button = el('button', { type: 'button' }, title);
      button.addEventListener('click', () => this.#sortBy(i));
      return el('th', { scope: 'col', ...(value && { class: 'number' }) }, button);
    });
    this.#table = el(
      'table',
      { 'aria-label': name },
      el('thead', {}, el('tr', { 'aria-rowindex': '1' }, ...this.#headers)),
      this.#body,
    );
    this.#scroller = el(
      'section',
      { class: 'scroll', tabindex: '0', 'aria-label': `${name}, scrollable` },
      this.#table,
    );
    this.#scroller.addEventListener('scroll', () => this.#draw());
    byId(id).append(this.#scroller, this.#note);
    // Pages are counted before the media change: what comes with the change has no paper.
    addEventListener('beforeprint', () => this.#print(true));
    addEventListener('afterprint', () => this.#print(false));
    matchMedia('print').addEventListener('change', ({ matches }) => this.#print(matches));
    new ResizeObserver(() => this.#draw()).observe(this.#scroller);
    this.#sort();
  }

  /** Of all rows, these. */
  show(chosen: ReadonlySet<T>): void {
    this.#chosen = chosen;
    this.#fill();
  }

  #sortBy(column: number): void {
    const again = this.#sorted.column === column;
    this.#sorted = {
      column,
      down: again ? !this.#sorted.down : this.#columns[column]!.value !== undefined,
    };
    this.#sort();
    this.#fill();
  }

  #sort(): void {
    const { column, down } = this.#sorted;
    const { text, value } = this.#columns[column]!;
    const place = value ?? placesOf(this.#all, text);
    const turn = down ? -1 : 1;
    this.#all = this.#all
      .map((row) => ({ row, place: place(row) }))
      .sort((a, b) => (a.place - b.place) * turn)
      .map(({ row }) => row);
    this.#headers.forEach((header, i) => {
      if (i === column) header.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else header.removeAttribute('aria-sort');
    });
  }

  #fill(): void {
    this.#rows = this.#all.filter((row) => this.#chosen.has(row));
    this.#scroller.hidden = this.#rows.length === 0;
    this.#table.setAttribute('aria-rowcount', `${this.#rows.length + 1}`);
    this.#scroller.scrollTop = 0;
    this.#draw(true);
  }

  #print(printing: boolean): void {
    if (printing === this.#printing) return;
    this.#printing = printing;
    this.#draw(true);
  }

  #draw(anew = false): void {
    const { length } = this.#rows;
    const seen = Math.ceil(this.#scroller.clientHeight / ROW) + 2 * SPARE;
    const top = Math.floor(this.#scroller.scrollTop / ROW) - SPARE;
    // In steps: rows stay while one scrolls among them.
    const first = this.#printing ? 0 : Math.max(0, top - (top % SPARE));
    if (first === this.#first && !anew && this.#body.childElementCount > seen) return;
    this.#first = first;
    const end = Math.min(length, this.#printing ? PRINTED : first + seen + SPARE);
    this.#body.replaceChildren(
      this.#gap(first),
      ...this.#rows.slice(first, end).map((row, i) => this.#row(row, first + i + 2)),
      this.#gap(this.#printing ? 0 : length - end),
    );
    this.#note.hidden = length > 0 && !(this.#printing && length > PRINTED);
    this.#note.textContent =
      length === 0 ? this.#empty : `The first ${PRINTED} of ${count(length, 'row')} are printed.`;
  }

  #row(row: T, index: number): HTMLElement {
    const cells = this.#columns.map(({ text, value, act }) => {
      const told = text(row);
      const cell = el('td', { title: told, ...(value && { class: 'number' }) });
      if (!act) cell.textContent = told;
      else {
        const button = el('button', { type: 'button', 'aria-label': act.label(row) }, told);
        button.addEventListener('click', () => act.do(row));
        cell.append(button);
      }
      return cell;
    });
    return el('tr', { 'aria-rowindex': `${index}` }, ...cells);
  }

  #gap(rows: number): HTMLElement {
    const gap = el('tr', { class: 'gap', 'aria-hidden': 'true' });
    gap.style.height = `${rows * ROW}px`;
    return gap;
  }
}

/** By the places of their texts, of which there are far fewer than rows: to compare texts is slow. */
function placesOf<T>(rows: T[], text: (row: T) => string): (row: T) => number {
  const texts = [...new Set(rows.map(text))].sort(natural.compare);
  const places = new Map(texts.map((one, i) => [one, i]));
  return (row) => places.get(text(row))!;
}
