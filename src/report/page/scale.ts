import { duration } from './words.ts';

/** The part of the run that is looked at. */
export interface View {
  from: number;
  to: number;
}

/** Between two ticks, at least. */
const TICK = 110;

/** On which pixels the moments of a view are. */
export class Scale {
  readonly view: View;
  readonly left: number;
  readonly right: number;
  readonly #perMs: number;

  constructor(view: View, left: number, right: number) {
    this.view = view;
    this.left = left;
    this.right = right;
    this.#perMs = (right - left) / (view.to - view.from);
  }

  x(ms: number): number {
    return this.left + (ms - this.view.from) * this.#perMs;
  }

  ms(x: number): number {
    return this.view.from + (x - this.left) / this.#perMs;
  }

  /** Moments with a name, counted from the start of the run. */
  ticks(start: number): { x: number; name: string }[] {
    const { from, to } = this.view;
    const step = roundStep((to - from) / Math.max(2, Math.floor((this.right - this.left) / TICK)));
    const ticks: { x: number; name: string }[] = [];
    for (let ms = Math.ceil((from - start) / step) * step; ms <= to - start; ms += step) {
      ticks.push({ x: this.x(start + ms), name: tickName(ms) });
    }
    return ticks;
  }
}

/** Without what is zero. */
const tickName = (ms: number): string =>
  ms === 0 ? '0 s' : duration(ms).replace(/( 00 \w+|\.0)(?= s$|$)/, '');

/** As people count time: 1, 2 or 5 times a power of ten, then parts of minutes and hours. */
function roundStep(atLeast: number): number {
  const long = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 43_200];
  const found = long.map((seconds) => seconds * 1000).find((step) => step >= atLeast);
  if (atLeast > 10_000 && found) return found;
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 1)));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= atLeast)!;
}
