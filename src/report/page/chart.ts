import { byId, el } from './dom.ts';
import { type Bar, firstFrom, type Row } from './lanes.ts';
import { type Brush, brush, type Look, leaseLook, spanLook, waitLook } from './look.ts';
import { duration } from './words.ts';

const AXIS = 30;
/** Around a bar in its lane. */
const GAP = 3;
const ZOOM = 1.5;
/** What may be asked of a pointer. */
const NEAR = 3;

interface View {
  from: number;
  to: number;
}

/** A place on the timeline. */
interface Spot {
  row: number;
  bar: number;
}

export const lookOf = (bar: Bar): Look =>
  bar.kind === 'lease'
    ? leaseLook(bar.of.reason)
    : bar.kind === 'wait'
      ? waitLook(bar.of.reason)
      : spanLook(bar.of.state);

/**
 * The timeline: one canvas as large as what can be seen, however many bars there are. The keyboard
 * and screen readers have one button that moves from bar to bar.
 */
export class Chart {
  readonly #scroller = byId('chart');
  readonly #content = byId('chart-content');
  readonly #canvas = byId<HTMLCanvasElement>('canvas');
  readonly #cursor = byId<HTMLButtonElement>('cursor');
  readonly #tip = byId('tip');
  readonly #all: View;
  readonly #name: (bar: Bar) => string;
  readonly #chosen: (bar: Bar) => void;
  #brushes = new Map<Look, Brush>();
  #view: View;
  #rows: Row[] = [];
  #at: Spot | undefined;
  #drawing = false;

  /** @param name a bar in words; @param chosen is told of the bar that the user has chosen. */
  constructor(all: View, name: (bar: Bar) => string, chosen: (bar: Bar) => void) {
    this.#all = { from: all.from, to: Math.max(all.to, all.from + 1) };
    this.#view = this.#all;
    this.#name = name;
    this.#chosen = chosen;
    new ResizeObserver(() => this.draw()).observe(this.#scroller);
    this.#scroller.addEventListener('scroll', () => this.draw());
    for (const query of ['(prefers-color-scheme: dark)', 'print']) {
      matchMedia(query).addEventListener('change', () => {
        this.#brushes.clear();
        // A printed page is not waited for.
        this.#draw();
      });
    }
    this.#hearPointer();
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
    this.#at = undefined;
    this.#tip.hidden = true;
    const last = rows.at(-1);
    this.#content.style.height = `${AXIS + (last ? last.y + last.height : 0) + 8}px`;
    this.#scroller.hidden = rows.length === 0;
    this.#cursor.disabled = this.#firstSpot() === undefined;
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

  get #gutter(): number {
    return this.#scroller.clientWidth < 560 ? 92 : 190;
  }

  #x(ms: number): number {
    const { from, to } = this.#view;
    const width = this.#scroller.clientWidth - this.#gutter - 12;
    return this.#gutter + ((ms - from) / (to - from)) * width;
  }

  #ms(x: number): number {
    const { from, to } = this.#view;
    const width = this.#scroller.clientWidth - this.#gutter - 12;
    return from + ((x - this.#gutter) / width) * (to - from);
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.#scroller;
    if (width === 0 || height === 0) return;
    const scale = devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    const canvas = this.#canvas.getContext('2d')!;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    canvas.scale(scale, scale);
    canvas.fillStyle = colour('--card');
    canvas.fillRect(0, 0, width, height);
    const ticks = this.#ticks(width);
    canvas.fillStyle = colour('--line');
    for (const ms of ticks) canvas.fillRect(Math.round(this.#x(ms)), AXIS, 1, height);
    canvas.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    canvas.textBaseline = 'middle';
    for (const row of this.#rows) {
      const y = AXIS + row.y - scrollTop;
      if (y + row.height < AXIS) continue;
      if (y > height) break;
      this.#drawRow(canvas, row, y, width, style);
    }
    canvas.fillStyle = colour('--card');
    canvas.fillRect(0, 0, width, AXIS);
    canvas.fillStyle = colour('--line');
    canvas.fillRect(0, AXIS - 1, width, 1);
    canvas.fillStyle = colour('--soft');
    canvas.textAlign = 'center';
    canvas.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    for (const ms of ticks) {
      canvas.fillText(tickName(ms - this.#all.from), Math.min(this.#x(ms), width - 24), AXIS / 2);
    }
    canvas.textAlign = 'left';
    this.#placeCursor();
  }

  #drawRow(
    canvas: CanvasRenderingContext2D,
    row: Row,
    y: number,
    width: number,
    style: CSSStyleDeclaration,
  ): void {
    const gutter = this.#gutter;
    const middle = y + row.height / 2;
    const family = getComputedStyle(document.body).fontFamily;
    if (row.kind === 'heading') {
      canvas.font = `600 13px ${family}`;
      canvas.fillStyle = style.getPropertyValue('--ink');
      const label = fitting(canvas, row.label, width - 24);
      canvas.fillText(label, 12, middle + 3);
      const after = 12 + canvas.measureText(label).width + 10;
      canvas.font = `12px ${family}`;
      canvas.fillStyle = style.getPropertyValue('--soft');
      if (after < width - 60)
        canvas.fillText(fitting(canvas, row.note, width - after), after, middle + 3);
      return;
    }
    canvas.fillStyle = style.getPropertyValue('--lane');
    canvas.fillRect(gutter, y + GAP - 1, width - gutter - 12, row.height - 2 * GAP + 2);
    canvas.save();
    canvas.beginPath();
    canvas.rect(gutter, y, width - gutter - 12, row.height);
    canvas.clip();
    let drawn = Number.NEGATIVE_INFINITY;
    let last: Look | undefined;
    for (let i = firstFrom(row.bars, this.#view.from); i < row.bars.length; i++) {
      const bar = row.bars[i]!;
      if (bar.from > this.#view.to) break;
      const look = lookOf(bar);
      // Too short to be seen; it must not hide the leases beside it.
      if (bar.kind === 'span' && this.#x(bar.to) - this.#x(bar.from) < 1.5) continue;
      const x = Math.max(this.#x(bar.from), gutter - 20);
      const end = Math.min(Math.max(this.#x(bar.to), x + 2), width + 20);
      // What would lie on the pixels of one of its kind changes nothing.
      if (end <= drawn && look === last) continue;
      drawn = end;
      last = look;
      const thin = bar.kind === 'span' ? 5 : 0;
      if (bar.shown) {
        // A hair between neighbours, so that each can be seen.
        const apart = end - x > 6 ? 1 : 0;
        this.#brush(canvas, look, style)(
          x,
          y + GAP + thin,
          end - x - apart,
          row.height - 2 * GAP - 2 * thin,
        );
      } else {
        canvas.fillStyle = style.getPropertyValue('--ghost');
        canvas.fillRect(x, y + GAP, end - x, row.height - 2 * GAP);
      }
    }
    canvas.restore();
    canvas.font = `12px ${family}`;
    canvas.fillStyle = style.getPropertyValue('--soft');
    const room = gutter - 34;
    const label = row.label.replace(
      canvas.measureText(row.label).width > room ? /^\w+ (?=worker )/ : /^$/,
      '',
    );
    canvas.fillText(fitting(canvas, label, room), 24, middle);
  }

  #brush(canvas: CanvasRenderingContext2D, look: Look, style: CSSStyleDeclaration): Brush {
    const found = this.#brushes.get(look) ?? brush(canvas, look, style);
    this.#brushes.set(look, found);
    return found;
  }

  #ticks(width: number): number[] {
    const { from, to } = this.#view;
    const start = this.#all.from;
    const step = roundStep((to - from) / Math.max(2, Math.floor((width - this.#gutter) / 110)));
    const ticks: number[] = [];
    for (let ms = Math.ceil((from - start) / step) * step; ms <= to - start; ms += step) {
      ticks.push(start + ms);
    }
    return ticks;
  }

  #spotAt({ offsetX: x, offsetY: y }: MouseEvent): Spot | undefined {
    if (y < AXIS || x < this.#gutter) return undefined;
    const top = y - AXIS + this.#scroller.scrollTop;
    const row = this.#rows.findIndex((one) => top >= one.y && top < one.y + one.height);
    const line = this.#rows[row];
    if (line?.kind !== 'lane') return undefined;
    const from = this.#ms(x - NEAR);
    const to = this.#ms(x + NEAR);
    for (let bar = firstFrom(line.bars, from); bar < line.bars.length; bar++) {
      const one = line.bars[bar]!;
      if (one.from > to) break;
      if (one.shown) return { row, bar };
    }
    return undefined;
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
      const by = (-shift / (this.#x(to) - this.#x(from))) * (this.#view.to - this.#view.from);
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
    const width = this.#scroller.clientWidth - this.#gutter;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const around = Math.min(Math.max((event.offsetX - this.#gutter) / width, 0), 1);
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
    if (moves[key]) this.#move(moves[key](), false);
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
    const right = this.#scroller.clientWidth - 12;
    const x = Math.min(Math.max(this.#x(bar.from), this.#gutter), right);
    const end = Math.min(Math.max(this.#x(bar.to), x + 4), right);
    style.left = `${x - 3}px`;
    style.width = `${Math.max(end - x, 2) + 6}px`;
    style.top = `${AXIS + row.y}px`;
    style.height = `${row.height}px`;
  }
}

/** Without what is zero. */
const tickName = (ms: number): string =>
  ms === 0 ? '0 s' : duration(ms).replace(/( 00 \w+|\.0)(?= s$|$)/, '');

/** Where the keyboard stops. */
const isStop = ({ shown, kind }: Bar): boolean => shown && kind !== 'span';

/** As people count time: 1, 2 or 5 times a power of ten, then parts of minutes and hours. */
function roundStep(atLeast: number): number {
  const long = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 43_200];
  const found = long.map((seconds) => seconds * 1000).find((step) => step >= atLeast);
  if (atLeast > 10_000 && found) return found;
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 1)));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= atLeast)!;
}

function fitting(canvas: CanvasRenderingContext2D, text: string, width: number): string {
  if (canvas.measureText(text).width <= width) return text;
  let length = Math.min(text.length, Math.floor(width / 4));
  while (length > 1 && canvas.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return `${text.slice(0, length)}…`;
}
