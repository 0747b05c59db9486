import { type Duration, durationMs } from '../protocol/duration.ts';
import { badOption } from '../protocol/errors.ts';
import type { Purpose } from '../protocol/messages.ts';

/** What callers give, as the JSON of a request's fields. Each throws `bad_option` for what it cannot be. */
export function text(given: unknown, name: string): string {
  if (typeof given !== 'string') throw badOption(name, 'a text', given);
  return JSON.stringify(given);
}

export const ttlText = (ttl: Duration | 'run'): string =>
  ttl === 'run' ? '"run"' : String(durationMs(ttl, 'ttl'));

export function wallMs(at: number | Date): number {
  const ms = Number(at);
  if (!Number.isFinite(ms)) throw badOption('expiresAt', 'a Date or milliseconds since 1970', at);
  return ms;
}

export function whole(given: unknown, name: string): number {
  if (!Number.isSafeInteger(given)) throw badOption(name, 'a whole number', given);
  return given as number;
}

/** By its shape: jsdom has a class of its own. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return;
  if (typeof (signal as AbortSignal | null)?.addEventListener === 'function') return;
  throw badOption('signal', 'an AbortSignal', signal);
}

export function checkOnNotice(onNotice: unknown): void {
  if (onNotice === undefined || typeof onNotice === 'function') return;
  throw badOption('onNotice', 'a function', onNotice);
}

export function purposeText(purpose: Purpose): string {
  if (typeof purpose !== 'object' || purpose === null) {
    throw badOption('purpose', 'an object { file, test }', purpose);
  }
  const { file, test } = purpose;
  return JSON.stringify({
    ...(typeof file === 'string' && { file }),
    ...(typeof test === 'string' && { test }),
  });
}

export const whyText = (why: unknown): string =>
  why === undefined ? '' : `,"why":${text(why, 'why')}`;
