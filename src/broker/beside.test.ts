import { expect, test } from 'vitest';
import { beside, failureOf } from './beside.ts';

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('what somebody waits for keeps the process, until its time is over', async () => {
  const before = timers();
  let done = () => {};
  const work = () =>
    new Promise<void>((resolve) => {
      done = resolve;
    });
  const kept = beside(1e6, work, { keepAlive: true });
  expect(timers()).toBe(before + 1);
  done();
  await kept;
  expect(timers()).toBe(before);
  const left = beside(1e6, work);
  expect(timers()).toBe(before);
  done();
  await left;
});

test('what takes too long says so, whatever else is said in the same words', async () => {
  const late = await beside(1, () => new Promise(() => {})).catch((error) => error);
  expect(failureOf('it', late)).toBe('it took longer than 1 ms');
  expect(failureOf('it', new Error('took longer than 1 ms'))).toBe(
    'it failed: took longer than 1 ms',
  );
});

test('what a failure says is cut where it would drown all else', () => {
  expect(failureOf('it', new Error('a'.repeat(9e6))).length).toBeLessThan(2_100);
});
