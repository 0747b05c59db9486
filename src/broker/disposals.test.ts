import { expect, test } from 'vitest';
import '../testing/stderr.ts';
import { Disposals } from './disposals.ts';

/** What the disposals have disposed of, in their order. */
function recorded() {
  const disposals = new Disposals();
  const done: string[] = [];
  const add = (key: string, run: () => unknown = () => {}) => {
    const recording = async () => {
      await run();
      done.push(key);
    };
    disposals.add({ key, timeoutMs: 1_000, run: recording });
  };
  return { disposals, done, add };
}

test('disposes of each thing once, the last first', async () => {
  const { disposals, done, add } = recorded();
  add('a');
  add('b');
  expect(disposals.keys).toEqual(['a', 'b']);
  await Promise.all([disposals.dispose(), disposals.dispose()]);
  expect(done).toEqual(['b', 'a']);
  expect(disposals.keys).toEqual([]);
});

test('what comes while others are disposed of is next', async () => {
  const { disposals, done, add } = recorded();
  add('a');
  add('b', () => add('c'));
  await disposals.dispose();
  expect(done).toEqual(['b', 'c', 'a']);
});

// Regression: between the last disposal and the end of the loop nobody was to dispose of it.
test('whenever a late value comes, it is disposed of', async () => {
  for (let turns = 0; turns < 20; turns++) {
    const { disposals, done, add } = recorded();
    let over: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      over = resolve;
    });
    add('a', async () => {
      queueMicrotask(async () => {
        for (let i = 0; i < turns; i++) await undefined;
        add('late', over);
      });
    });
    await disposals.dispose();
    await late;
    await disposals.dispose();
    expect(done, `${turns} turns later`).toEqual(['a', 'late']);
  }
});
