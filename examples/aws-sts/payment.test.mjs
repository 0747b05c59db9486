import { expect } from 'vitest';
import { test } from './fixtures.mjs';

for (const n of [1, 2, 3]) {
  test(`payment ${n}: has the role's credentials`, async ({ broker }) => {
    const { accessKeyId, sessionToken } = await broker.value('aws-sts');
    // Of the first time that STS was asked.
    expect([accessKeyId, sessionToken]).toEqual(['ASIA1', 'token-1']);
  });
}
