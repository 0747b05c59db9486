import { STSClient } from '@aws-sdk/client-sts';
import { brokerCredentials } from 'ephemeral-broker/aws-sts';
import { expect } from 'vitest';
import { test } from './fixtures.mjs';

test('a client of the AWS SDK signs with them', async ({ broker }) => {
  // Any client does: S3Client, DynamoDBClient, …
  const client = new STSClient({ region: 'eu-central-1', credentials: brokerCredentials(broker) });
  const { accessKeyId, expiration } = await client.config.credentials();
  expect(accessKeyId).toBe('ASIA1');
  expect(expiration.getTime()).toBeGreaterThan(Date.now());
});
