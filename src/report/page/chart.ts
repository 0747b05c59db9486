import { byId, el } from './dom.ts';
import type { Bar, Row } from './lanes.ts';
import { pointedAt } from './marks.ts';
import { AXIS, MARGIN, Painter } from './paint.ts';
import { Scale, type View } from './scale.ts';

const ZOOM = 1.5;

/** A place on the timeline. */
interface Spot {
  row: number;
  bar: number;
}

/**
 * The timeline: one canvas as large as what can be seen, however many bars there are. The keyboard
 * and screen readers have one button that moves from bar to bar.
 */
export class Chart {
  readonly #scroller = byId('chart');
  readonly #content = byId('chart-content');
  readonly #canvas = byId<HTMLCanvasElement>('canvas');
  readonly #painter = new Painter(this.#canvas);
  readonly #cursor = byId<HTMLButtonElement>('cursor');
  readonly #tip = byId('tip');
  readonly #all: View;
  readonly #name: (bar: Bar) => string;
  readonly #chosen: (bar: Bar | undefined) => void;
  #view: View;
  #rows: Row[] = [];
  #at: Spot | undefined;
  #drawing = false;
  #width = 0;

  /** @param name a bar in words; @param chosen is told of the bar that the user has chosen, or of none. */
  constructor(all: View, name: (bar: Bar) => string, chosen: (bar: Bar | undefined) => void) {
    this.#all = { from: all.from, to: Math.max(all.to, all.from + 1) };
    this.#view = this.#all;
    this.#name = name;
    this.#chosen = chosen;
    new ResizeObserver(() => this.draw()).observe(this.#scroller);
    this.#scroller.addEventListener('scroll', () => this.draw());
    for (const query of ['(prefers-color-scheme: dark)', 'print']) {
      matchMedia(query).addEventListener('change', () => {
        this.#painter.themeChanged();
        // A printed page is not waited for.
        this.#draw();
      });
    }
    // As high as on paper before pages are counted, and so before the print style is in force.
    const printing = (on: boolean) => () => {
      this.#scroller.classList.toggle('printing', on);
      this.#draw();
    };
    addEventListener('beforeprint', printing(true));
    addEventListener('afterprint', printing(false));
    this.#hearPointer();
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.#letGo();
    });
    this.#cursor.addEventListener('keydown', (event) => this.#pressed(event));
    this.#cursor.addEventListener('focus', () => this.#move(this.#at ?? this.#firstSpot()));
    const button = (id: string, does: () => void) => byId(id).addEventListener('click', does);
    button('zoom-in', () => this.zoom(ZOOM));
    button('zoom-out', () => this.zoom(1 / ZOOM));
    button('earlier', () => this.pan(-0.25));
    button('later', () => this.pan(0.25));
    button('whole', () => this.#look(this.#all));
  }

  show(rows: Row[]): void {
    this.#rows = rows;
    this.#letGo();
    const last = rows.at(-1);
    this.#content.style.height = `${AXIS + (last ? last.y + last.height : 0) + 8}px`;
    this.#scroller.hidden = rows.length === 0;
    this.#cursor.disabled = this.#firstSpot() === undefined;
    this.draw();
  }

  /** No bar is chosen, none is told of. */
  #letGo(): void {
    this.#at = undefined;
    this.#tip.hidden = true;
    this.#cursor.setAttribute('aria-label', 'First bar');
    this.#chosen(undefined);
    this.draw();
  }

  /** Shows a bar and chooses it. */
  reveal(of: Bar['of']): void {
    for (const [row, line] of this.#rows.entries()) {
      if (line.kind !== 'lane') continue;
      const bar = line.bars.findIndex((one) => one.of === of);
      if (bar !== -1) return this.#move({ row, bar }, true);
    }
  }

  /** Around a place of the view, from 0 to 1. */
  zoom(factor: number, around = 0.5): void {
    const { from, to } = this.#view;
    const span = Math.max((to - from) / factor, 1);
    const start = from + (to - from - span) * around;
    this.#look({ from: start, to: start + span });
  }

  /** By a part of the view. */
  pan(part: number): void {
    const { from, to } = this.#view;
    const by = (to - from) * part;
    this.#look({ from: from + by, to: to + by });
  }

  draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  /** Never outside of the run. */
  #look({ from, to }: View): void {
    const all = this.#all;
    const span = Math.min(to - from, all.to - all.from);
    const start = Math.min(Math.max(from, all.from), all.to - span);
    this.#view = { from: start, to: start + span };
    this.draw();
  }

  /** As last drawn: what is measured anew for each bar is laid out anew for each bar. */
  #scaled(): Scale {
    const left = this.#width < 560 ? 92 : 190;
    return new Scale(this.#view, left, this.#width - MARGIN);
  }

  #draw(): void {
    const { clientWidth, clientHeight, scrollTop } = this.#scroller;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.#width = clientWidth;
    this.#painter.paint(this.#rows, this.#scaled(), this.#all.from, clientHeight, scrollTop);
    this.#placeCursor();
  }

  #spotAt({ offsetX: x, offsetY: y }: MouseEvent): Spot | undefined {
    const scale = this.#scaled();
    if (y < AXIS || x < scale.left) return undefined;
    const top = y - AXIS + this.#scroller.scrollTop;
    const row = this.#rows.findIndex((one) => top >= one.y && top < one.y + one.height);
    const line = this.#rows[row];
    if (line?.kind !== 'lane') return undefined;
    const bar = pointedAt(line.bars, scale, x);
    return bar === undefined ? undefined : { row, bar };
  }

  #hearPointer(): void {
    const canvas = this.#canvas;
    let dragged: { x: number; view: View; moved: boolean } | undefined;
    canvas.addEventListener('wheel', (event) => this.#wheeled(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => {
      dragged = { x: event.offsetX, view: this.#view, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!dragged) return this.#hover(event);
      const shift = event.offsetX - dragged.x;
      if (Math.abs(shift) < 4 && !dragged.moved) return;
      dragged.moved = true;
      this.#tip.hidden = true;
      const { from, to } = dragged.view;
      const { left, right } = this.#scaled();
      const by = (-shift / (right - left)) * (to - from);
      this.#look({ from: from + by, to: to + by });
    });
    canvas.addEventListener('pointerup', (event) => {
      const spot = dragged && !dragged.moved ? this.#spotAt(event) : undefined;
      dragged = undefined;
      if (spot) this.#move(spot, true);
    });
    canvas.addEventListener('pointercancel', () => {
      dragged = undefined;
    });
    canvas.addEventListener('pointerleave', () => {
      this.#tip.hidden = true;
    });
  }

  #wheeled(event: WheelEvent): void {
    const { left, right } = this.#scaled();
    const width = right - left;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const around = Math.min(Math.max((event.offsetX - left) / width, 0), 1);
      this.zoom(1.002 ** -event.deltaY, around);
      return;
    }
    const across = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (Math.abs(across) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return;
    event.preventDefault();
    this.pan(across / width);
  }

  #hover(event: PointerEvent): void {
    const spot = this.#spotAt(event);
    this.#canvas.style.cursor = spot ? 'pointer' : 'grab';
    this.#tip.hidden = !spot;
    if (!spot) return;
    this.#tip.replaceChildren(
      ...this.#name(this.#barAt(spot))
        .split('\n')
        .map((line) => el('div', {}, line)),
    );
    const { innerWidth } = window;
    const { offsetWidth, offsetHeight } = this.#tip;
    const left = Math.min(event.clientX + 14, innerWidth - offsetWidth - 8);
    const above = event.clientY - offsetHeight - 12;
    this.#tip.style.left = `${Math.max(left, 8)}px`;
    this.#tip.style.top = `${above > 8 ? above : event.clientY + 18}px`;
  }

  #barAt({ row, bar }: Spot): Bar {
    const line = this.#rows[row];
    if (line?.kind !== 'lane') throw new Error('Only lanes have bars');
    return line.bars[bar]!;
  }

  #pressed(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const moves: Record<string, () => Spot | undefined> = {
      ArrowRight: () => this.#beside(1),
      ArrowLeft: () => this.#beside(-1),
      ArrowDown: () => this.#beyond(1),
      ArrowUp: () => this.#beyond(-1),
      Home: () => this.#firstSpot(),
    };
    const acts: Record<string, () => void> = {
      '+': () => this.#zoomToCursor(ZOOM),
      '=': () => this.#zoomToCursor(ZOOM),
      '-': () => this.#zoomToCursor(1 / ZOOM),
      '0': () => this.#look(this.#all),
      '<': () => this.pan(-0.25),
      '>': () => this.pan(0.25),
    };
    const { key } = event;
    if (moves[key]) this.#move(this.#at ? moves[key]() : this.#firstSpot());
    else if (acts[key]) acts[key]();
    else return;
    event.preventDefault();
  }

  #zoomToCursor(factor: number): void {
    const { from, to } = this.#view;
    const bar = this.#at && this.#barAt(this.#at);
    const place = bar ? ((bar.from + bar.to) / 2 - from) / (to - from) : 0.5;
    this.zoom(factor, Math.min(Math.max(place, 0), 1));
  }

  #firstSpot(): Spot | undefined {
    for (const [row, line] of this.#rows.entries()) {
      const bar = line.kind === 'lane' ? line.bars.findIndex(isStop) : -1;
      if (bar !== -1) return { row, bar };
    }
    return undefined;
  }

  #beside(step: 1 | -1): Spot | undefined {
    const { row, bar } = this.#at!;
    const line = this.#rows[row];
    if (line?.kind !== 'lane') return undefined;
    for (let i = bar + step; i >= 0 && i < line.bars.length; i += step) {
      if (isStop(line.bars[i]!)) return { row, bar: i };
    }
    return undefined;
  }

  /** The bar nearest in time of the next lane that has any. */
  #beyond(step: 1 | -1): Spot | undefined {
    const { from, to } = this.#barAt(this.#at!);
    const middle = (from + to) / 2;
    for (let row = this.#at!.row + step; row >= 0 && row < this.#rows.length; row += step) {
      const line = this.#rows[row]!;
      if (line.kind !== 'lane') continue;
      let best = -1;
      let nearest = Infinity;
      line.bars.forEach((bar, i) => {
        const distance = Math.max(bar.from - middle, middle - bar.to, 0);
        if (isStop(bar) && distance < nearest) [best, nearest] = [i, distance];
      });
      if (best !== -1) return { row, bar: best };
    }
    return undefined;
  }

  #move(spot: Spot | undefined, focus = false): void {
    if (!spot) return;
    this.#at = spot;
    const bar = this.#barAt(spot);
    const row = this.#rows[spot.row]!;
    const { scrollTop, clientHeight } = this.#scroller;
    if (row.y < scrollTop + 4 || row.y + row.height + AXIS > scrollTop + clientHeight) {
      this.#scroller.scrollTop = Math.max(row.y - clientHeight / 3, 0);
    }
    const { from, to } = this.#view;
    if (bar.to < from || bar.from > to) {
      const middle = (bar.from + bar.to) / 2;
      this.#look({ from: middle - (to - from) / 2, to: middle + (to - from) / 2 });
    }
    this.#cursor.setAttribute('aria-label', this.#name(bar).replaceAll('\n', ', '));
    this.#chosen(bar);
    this.#draw();
    if (focus) this.#cursor.focus({ preventScroll: true });
  }

  #placeCursor(): void {
    const { style } = this.#cursor;
    const row = this.#at && this.#rows[this.#at.row];
    this.#cursor.classList.toggle('placed', row !== undefined);
    if (!row) return;
    const bar = this.#barAt(this.#at!);
    const scale = this.#scaled();
    const { left, right } = scale;
    const x = Math.min(Math.max(scale.x(bar.from), left), right);
    const end = Math.min(Math.max(scale.x(bar.to), x + 4), right);
    style.left = `${x - 3}px`;
    style.width = `${Math.max(end - x, 2) + 6}px`;
    style.top = `${AXIS + row.y}px`;
    style.height = `${row.height}px`;
  }
}

/** Where the keyboard stops. */
const isStop = ({ shown, kind }: Bar): boolean => shown && kind !== 'span';
