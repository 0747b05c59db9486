import { printable } from '../protocol/errors.ts';

export const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** To the person, beside what a program reads. */
export const tell = (text: string): void => {
  process.stderr.write(`ephemeral-broker: ${printable(text)}\n`);
};

/** The value as one line of JSON, with all escaped that could drive a terminal. */
export function jsonLine(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
