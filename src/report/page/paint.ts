import { getOr } from '../get-or.ts';
import type { Row } from './lanes.ts';
import { type Brush, brush, type Look } from './look.ts';
import { marksOf } from './marks.ts';
import type { Scale } from './scale.ts';

/** The height of the axis, and the room to the right of the lanes. */
export const AXIS = 30;
export const MARGIN = 12;
/** Around a bar in its lane; of what is between leases, more. */
const GAP = 3;
const THIN = 5;

/** Paints what can be seen of the timeline: one canvas, as large as that. */
export class Painter {
  readonly #element: HTMLCanvasElement;
  readonly #canvas: CanvasRenderingContext2D;
  #brushes = new Map<Look, Brush>();
  #style = getComputedStyle(document.documentElement);
  #family = '';

  constructor(element: HTMLCanvasElement) {
    this.#element = element;
    this.#canvas = element.getContext('2d')!;
  }

  /** The colours are others now. */
  themeChanged(): void {
    this.#brushes.clear();
  }

  /** @param start of the run; @param scrolled how much of the rows is above. */
  paint(rows: Row[], scale: Scale, start: number, height: number, scrolled: number): void {
    const canvas = this.#canvas;
    const width = scale.right + MARGIN;
    this.#resize(width, height);
    this.#family = getComputedStyle(document.body).fontFamily;
    canvas.textBaseline = 'middle';
    this.#fill('--card', 0, 0, width, height);
    const ticks = scale.ticks(start);
    for (const { x } of ticks) this.#fill('--line', Math.round(x), AXIS, 1, height);
    for (const row of rows) {
      const y = AXIS + row.y - scrolled;
      if (y + row.height < AXIS) continue;
      if (y > height) break;
      if (row.kind === 'heading') this.#heading(row, y, width);
      else this.#lane(row, y, scale);
    }
    this.#fill('--card', 0, 0, width, AXIS);
    this.#fill('--line', 0, AXIS - 1, width, 1);
    canvas.textAlign = 'center';
    for (const { x, name } of ticks) this.#text(name, '--soft', Math.min(x, width - 24), AXIS / 2);
    canvas.textAlign = 'left';
  }

  #resize(width: number, height: number): void {
    const { style } = this.#element;
    const scale = devicePixelRatio || 1;
    this.#element.width = width * scale;
    this.#element.height = height * scale;
    style.width = `${width}px`;
    style.height = `${height}px`;
    this.#canvas.scale(scale, scale);
  }

  #heading(row: Row & { kind: 'heading' }, y: number, width: number): void {
    const middle = y + row.height / 2 + 3;
    const room = width - 2 * MARGIN;
    const after = MARGIN + this.#text(row.label, '--ink', MARGIN, middle, room, '600 13px') + 10;
    if (after < width - 60) this.#text(row.note, '--soft', after, middle, width - after - MARGIN);
  }

  #lane(row: Row & { kind: 'lane' }, y: number, scale: Scale): void {
    const canvas = this.#canvas;
    const { left, right } = scale;
    this.#fill('--lane', left, y + GAP - 1, right - left, row.height - 2 * GAP + 2);
    canvas.save();
    canvas.beginPath();
    canvas.rect(left, y, right - left, row.height);
    canvas.clip();
    for (const { from, to, look, thin } of marksOf(row.bars, scale)) {
      const gap = thin ? GAP + THIN : GAP;
      // A hair between neighbours, so that each can be seen.
      const long = to - from > 6 ? to - from - 1 : to - from;
      if (look) this.#brush(look)(from, y + gap, long, row.height - 2 * gap);
      else this.#fill('--ghost', from, y + gap, to - from, row.height - 2 * gap);
    }
    canvas.restore();
    this.#text(row.label, '--soft', 24, y + row.height / 2, left - 34);
  }

  #brush(look: Look): Brush {
    return getOr(this.#brushes, look, () => brush(this.#canvas, look, this.#style));
  }

  #fill(colour: string, x: number, y: number, width: number, height: number): void {
    this.#canvas.fillStyle = this.#style.getPropertyValue(colour);
    this.#canvas.fillRect(x, y, width, height);
  }

  /** Cut where there is too little room; the width that it took. */
  #text(
    text: string,
    colour: string,
    x: number,
    y: number,
    room = Infinity,
    font = '12px',
  ): number {
    const canvas = this.#canvas;
    canvas.font = `${font} ${this.#family}`;
    canvas.fillStyle = this.#style.getPropertyValue(colour);
    const width = (told: string): number => canvas.measureText(told).width;
    let told = text;
    // Of a worker the number is what tells it from others.
    if (width(told) > room) told = told.replace(/^\w+ (?=worker )/, '');
    if (width(told) > room) {
      const signs = [...told].slice(0, Math.max(room / 4, 0));
      while (signs.length > 0 && width(`${signs.join('')}…`) > room) signs.pop();
      told = `${signs.join('')}…`;
    }
    canvas.fillText(told, x, y);
    return width(told);
  }
}
