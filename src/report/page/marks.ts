import { type Bar, firstFrom } from './lanes.ts';
import type { Look } from './look.ts';
import type { Scale } from './scale.ts';

/** Pixels of a lane that are painted in one go. */
export interface Mark {
  from: number;
  to: number;
  /** Absent: what the filter leaves out. */
  look: Look | undefined;
  /** What is between leases. */
  thin: boolean;
}

/** Less cannot be seen. */
const LEAST = 2;
/** What may be asked of a pointer. */
const NEAR = 3;

/**
 * What is painted of a lane, from the bottom up: what the filter leaves out, what is between leases,
 * what ended as it should, and above all else what did not, which is rare. One mark for each pixel
 * of each of these layers, at most, however many bars there are.
 */
export function marksOf(bars: Bar[], scale: Scale): Mark[] {
  const layers: Mark[][] = [[], [], [], []];
  const { from, to } = scale.view;
  for (let i = firstFrom(bars, from); i < bars.length; i++) {
    const { kind, look, shown, ...bar } = bars[i]!;
    if (bar.from > to) break;
    const thin = kind === 'span';
    const start = scale.x(bar.from);
    const end = scale.x(bar.to);
    // It would cover more than it lasted.
    if (thin && end - start < LEAST) continue;
    const layer = layers[shown ? (thin ? 1 : look.pattern === 'plain' ? 2 : 3) : 0]!;
    const first = Math.max(Math.floor(start), scale.left - 20, layer.at(-1)?.to ?? 0);
    const last = Math.min(Math.max(Math.round(end), Math.floor(start) + LEAST), scale.right + 20);
    if (last > first) layer.push({ from: first, to: last, look: shown ? look : undefined, thin });
  }
  return layers.flat();
}

/** The place of the bar that is pointed at: of those as near as each other, the one that lies above. */
export function pointedAt(bars: Bar[], scale: Scale, x: number): number | undefined {
  let found: number | undefined;
  let least = Infinity;
  for (let i = firstFrom(bars, scale.ms(x - NEAR)); i < bars.length; i++) {
    const { from, to, kind, look, shown } = bars[i]!;
    if (scale.x(from) > x + NEAR) break;
    if (!shown) continue;
    const away = Math.max(scale.x(from) - x, x - scale.x(to), 0);
    const beneath = kind === 'span' ? 2 : look.pattern === 'plain' ? 1 : 0;
    const rank = Math.floor(away / LEAST) * 3 + beneath;
    if (rank < least) [found, least] = [i, rank];
  }
  return found;
}
