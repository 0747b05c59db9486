export type Pattern = 'plain' | 'slant' | 'cross' | 'rows' | 'columns' | 'dots' | 'hollow';

/** How one kind of bar looks. The colours are those of Okabe and Ito, told apart by most eyes; the patterns, by all. */
export interface Look {
  /** A custom property of page.css. */
  colour: string;
  pattern: Pattern;
  legend: string;
}

const LEASE: Record<string, Look> = {
  released: { colour: '--released', pattern: 'plain', legend: 'released' },
  expired: { colour: '--expired', pattern: 'slant', legend: 'expired' },
  disconnected: { colour: '--disconnected', pattern: 'cross', legend: 'holder disconnected' },
  revoked: { colour: '--revoked', pattern: 'rows', legend: 'revoked' },
  retired: { colour: '--retired', pattern: 'columns', legend: 'resource retired' },
  stopped: { colour: '--stopped', pattern: 'dots', legend: 'ended by the stop' },
  held: { colour: '--released', pattern: 'hollow', legend: 'not ended' },
};

const PASSED: Look = { colour: '--waited', pattern: 'rows', legend: 'waited, then passed' };
const GRANTED: Look = { colour: '--waited', pattern: 'plain', legend: 'waited, then had it' };
const WAITING: Look = { colour: '--waited', pattern: 'hollow', legend: 'still waiting' };
const LEFT: Look = { colour: '--left', pattern: 'dots', legend: 'stopped waiting' };
const VAIN: Look = { colour: '--vain', pattern: 'slant', legend: 'waited in vain' };
const WAIT: Record<string, Look> = {
  granted: GRANTED,
  answered: GRANTED,
  passed: PASSED,
  waiting: WAITING,
  cancelled: LEFT,
  disconnected: LEFT,
  stopped: LEFT,
};

const READY: Look = { colour: '--between', pattern: 'plain', legend: 'checked, reset, cooling' };
const OUT: Look = { colour: '--out', pattern: 'slant', legend: 'out of use' };

export const leaseLook = (reason: string): Look => LEASE[reason] ?? LEASE.released!;
export const waitLook = (reason: string): Look => WAIT[reason] ?? VAIN;
export const spanLook = (state: string): Look =>
  state === 'quarantined' || state === 'retired' ? OUT : READY;

const TILE = 8;

/** Fills bars of one look; made once for a theme, since the colours are the theme's. */
export type Brush = (x: number, y: number, width: number, height: number) => void;

export function brush(
  canvas: CanvasRenderingContext2D,
  look: Look,
  style: CSSStyleDeclaration,
): Brush {
  const colour = style.getPropertyValue(look.colour).trim();
  if (look.pattern === 'hollow') {
    return (x, y, width, height) => {
      canvas.globalAlpha = 0.25;
      canvas.fillStyle = colour;
      canvas.fillRect(x, y, width, height);
      canvas.globalAlpha = 1;
      canvas.strokeStyle = colour;
      canvas.strokeRect(x + 0.5, y + 0.5, Math.max(width - 1, 1), height - 1);
    };
  }
  const fill = look.pattern === 'plain' ? colour : tile(canvas, look.pattern, colour, style);
  return (x, y, width, height) => {
    canvas.fillStyle = width < 4 ? colour : fill;
    canvas.fillRect(x, y, width, height);
  };
}

function tile(
  target: CanvasRenderingContext2D,
  pattern: Pattern,
  colour: string,
  style: CSSStyleDeclaration,
): CanvasPattern {
  const image = document.createElement('canvas');
  image.width = image.height = TILE;
  const canvas = image.getContext('2d')!;
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, TILE, TILE);
  canvas.strokeStyle = canvas.fillStyle = style.getPropertyValue('--card').trim();
  canvas.lineWidth = 1.6;
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    canvas.beginPath();
    canvas.moveTo(x1, y1);
    canvas.lineTo(x2, y2);
    canvas.stroke();
  };
  if (pattern === 'rows') line(0, 4, 8, 4);
  if (pattern === 'columns') line(4, 0, 4, 8);
  if (pattern === 'dots') canvas.fillRect(3, 3, 2.5, 2.5);
  if (pattern === 'slant' || pattern === 'cross') {
    for (const shift of [-TILE, 0, TILE]) {
      line(shift, TILE, shift + TILE, 0);
      if (pattern === 'cross') line(shift, 0, shift + TILE, TILE);
    }
  }
  return target.createPattern(image, 'repeat')!;
}
