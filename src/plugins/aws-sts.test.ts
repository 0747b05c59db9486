import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  assumed,
  BASE,
  failure,
  type Sts,
  startSts,
} from '../../examples/aws-sts/sts.ts';
import { type Broker, type BrokerError, type Client, connect, startBroker } from '../index.ts';
import { type AwsStsOptions, awsSts, brokerCredentials, type StsCredentials } from './aws-sts.ts';

// A machine that others use too may take its time.
vi.setConfig({ testTimeout: 60_000 });

const ROLE = 'arn:aws:iam::123456789012:role/tests';
const HOUR_MS = 3_600_000;

let sts: Sts;
let broker: Broker;
const clients: Client[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await broker.stop();
  await sts.close();
});

const plugin = (options: Partial<AwsStsOptions> = {}) =>
  awsSts({
    roleArn: ROLE,
    region: 'eu-central-1',
    ...options,
    clientConfig: { endpoint: sts.url, credentials: BASE, maxAttempts: 1, ...options.clientConfig },
  });

async function start(
  answer?: (count: number) => Answer | Promise<Answer>,
  options?: Partial<AwsStsOptions>,
): Promise<Client> {
  sts = await startSts(answer);
  broker = await startBroker({ plugins: [plugin(options)] });
  return another();
}

/** Over a connection of its own: they are shared by their address, and this is another spelling of it. */
async function another(): Promise<Client> {
  const { pipe, secret } = broker;
  const client = await connect({ pipe: '/'.repeat(clients.length) + pipe, secret });
  clients.push(client);
  return client;
}

const ask = (client: Client) => client.value<StsCredentials>('aws-sts');

/** So little is left of their life that new ones are due. */
const age = (client: Client) => client.touch('aws-sts', '4m');

const failed = (client: Client): Promise<BrokerError> =>
  ask(client).then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );

/** Answers that come when the test says so. */
function gated() {
  const opens: ((answer: Answer) => void)[] = [];
  const answer = () => new Promise<Answer>((resolve) => opens.push(resolve));
  const begun = (count: number) => vi.waitFor(() => expect(opens).toHaveLength(count), 20_000);
  return { opens, answer, begun };
}

const inFuture = (ms: number) => new Date(Date.now() + ms);

test('assumes the role once for all who ask, by a signed request', async () => {
  const client = await start();
  const asking = [client, await another(), await another(), await another(), await another()];
  const given = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(asking[i % 5]!)));
  expect(new Set(given.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(given[0]).toEqual({
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret-1',
    sessionToken: 'token-1',
    expiration: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(sts.refused).toBe(0);
  expect(sts.asked).toHaveLength(1);
  expect(Object.fromEntries(sts.asked[0]!)).toEqual({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: ROLE,
    RoleSessionName: expect.stringMatching(/^ephemeral-broker-[0-9a-f]{12}$/),
  });
});

test('asks for what the options say; what has an option of its own goes before params', async () => {
  const client = await start(undefined, {
    roleSessionName: 'ci-7',
    durationSeconds: 900,
    externalId: 'partner',
    policy: '{"Version":"2012-10-17"}',
    params: {
      RoleArn: 'arn:of:another',
      RoleSessionName: 'another',
      Tags: [{ Key: 'run', Value: '7' }],
      SourceIdentity: 'ann',
    },
  });
  await ask(client);
  expect(Object.fromEntries(sts.asked[0]!)).toEqual({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: ROLE,
    RoleSessionName: 'ci-7',
    DurationSeconds: '900',
    ExternalId: 'partner',
    Policy: '{"Version":"2012-10-17"}',
    'Tags.member.1.Key': 'run',
    'Tags.member.1.Value': '7',
    SourceIdentity: 'ann',
  });
});

test('each broker has a session name of its own, and keeps it', async () => {
  const client = await start();
  await ask(client);
  await age(client);
  await ask(client);
  await vi.waitFor(() => expect(sts.asked).toHaveLength(2), 20_000);
  const other = await startBroker({ plugins: [plugin()] });
  const client2 = await connect({ pipe: other.pipe, secret: other.secret });
  await ask(client2);
  await client2.close();
  await other.stop();
  const names = sts.asked.map((params) => params.get('RoleSessionName'));
  expect(names[1]).toBe(names[0]);
  expect(names[2]).not.toBe(names[0]);
});

test('several roles have a key each', async () => {
  sts = await startSts();
  const admin = `${ROLE}-admin`;
  const plugins = [plugin(), plugin({ key: 'aws/admin', roleArn: admin })];
  broker = await startBroker({ plugins });
  const client = await another();
  await client.value('aws/admin');
  await ask(client);
  expect(sts.asked.map((params) => params.get('RoleArn'))).toEqual([admin, ROLE]);
});

test('other keys are not its own', async () => {
  const client = await start();
  await expect(client.value('other')).rejects.toHaveProperty('code', 'no_provider');
  expect(sts.asked).toHaveLength(0);
});

describe('the credentials', () => {
  test('are made anew ahead of their expiry, while all go on with the old ones', async () => {
    const { opens, answer, begun } = gated();
    const client = await start(answer);
    const second = await another();
    const first = ask(client);
    await begun(1);
    opens[0]!(assumed(1));
    expect((await first).accessKeyId).toBe('ASIA1');
    await age(client);
    expect((await ask(client)).accessKeyId).toBe('ASIA1');
    await begun(2);
    expect((await ask(second)).accessKeyId).toBe('ASIA1');
    opens[1]!(assumed(2));
    await vi.waitFor(
      async () => expect(await client.get('aws-sts')).toHaveProperty('accessKeyId', 'ASIA2'),
      20_000,
    );
    expect((await ask(second)).accessKeyId).toBe('ASIA2');
    expect(sts.asked).toHaveLength(2);
  });

  test('that have expired are given to nobody', async () => {
    const ends = new Map<string, number>();
    const answer = (count: number) => {
      const end = inFuture(count === 1 ? 4_000 : HOUR_MS);
      ends.set(`ASIA${count}`, end.getTime());
      return assumed(count, end);
    };
    const client = await start(answer, { refresh: 1 });
    const given: string[] = [];
    const expired: string[] = [];
    const asking = async () => {
      const { accessKeyId } = await ask(client);
      given.push(accessKeyId);
      if (ends.get(accessKeyId)! <= Date.now()) expired.push(accessKeyId);
      expect(accessKeyId).toBe('ASIA2');
    };
    await vi.waitFor(asking, { timeout: 20_000, interval: 5 });
    expect(given[0]).toBe('ASIA1');
    expect(expired).toEqual([]);
    expect(sts.asked).toHaveLength(2);
  });

  test.each([
    ['this clock is 2 h behind', 2 * HOUR_MS],
    ['this clock is 2 h ahead', -2 * HOUR_MS],
    ['the clocks agree', 0],
  ])('live as long as STS means, also where %s', async (_, ahead) => {
    const client = await start((count) => ({
      ...assumed(count, inFuture(ahead + HOUR_MS)),
      headers: { date: inFuture(ahead).toUTCString() },
    }));
    const before = Date.now();
    const { expiration } = await ask(client);
    const after = Date.now();
    expect(Date.parse(expiration)).toBeLessThanOrEqual(after + HOUR_MS);
    expect(Date.parse(expiration)).toBeGreaterThan(before + HOUR_MS - 60_000);
    const { expiresAt } = (await client.getEntry('aws-sts'))!;
    expect(Math.abs(expiresAt! - Date.parse(expiration))).toBeLessThan(20_000);
  });

  test('live by this clock where the reply tells no time', async () => {
    const end = inFuture(HOUR_MS);
    const client = await start((count) => ({ ...assumed(count, end), headers: { date: '' } }));
    expect(Math.abs(Date.parse((await ask(client)).expiration) - end.getTime())).toBeLessThan(
      1_000,
    );
  });

  test.each([
    [undefined, HOUR_MS],
    [900, 900_000],
  ])('without an expiry live as long as was asked for (%s s)', async (durationSeconds, lifeMs) => {
    const client = await start(
      (count) => ({ body: assumed(count).body.replace(/<Expiration>.*<\/Expiration>/, '') }),
      { durationSeconds },
    );
    const { expiration } = await ask(client);
    const left = Date.parse(expiration) - Date.now();
    expect(left).toBeLessThanOrEqual(lifeMs);
    expect(left).toBeGreaterThan(lifeMs - 60_000);
  });

  test('that have expired already are an error', async () => {
    const client = await start((count) => assumed(count, inFuture(-1_000)));
    const error = await failed(client);
    expect(error.code).toBe('aws-sts/expired');
    expect(error.details).toEqual({ roleArn: ROLE });
  });
});

describe('a failure', () => {
  test('is told to all who waited; whoever asks later tries again', async () => {
    const { opens, answer, begun } = gated();
    const client = await start(answer);
    const second = await another();
    const asked = [failed(client), failed(second), failed(second)];
    await begun(1);
    await vi.waitFor(
      async () =>
        expect(
          await second.value('aws-sts', { timeout: 0 }).catch((error) => error.details.place),
        ).toBe(2),
      20_000,
    );
    opens[0]!(failure('AccessDenied', 'User: ann is not authorized to perform: sts:AssumeRole'));
    for (const error of await Promise.all(asked)) {
      expect(error.code).toBe('aws-sts/access_denied');
      expect(error.message).toBe(
        `STS did not give credentials for ${ROLE} (AccessDenied, request request-of-failure): User: ann is not authorized to perform: sts:AssumeRole`,
      );
      expect(error.details).toEqual({
        roleArn: ROLE,
        name: 'AccessDenied',
        status: 403,
        requestId: 'request-of-failure',
      });
    }
    const again = ask(client);
    await begun(2);
    opens[1]!(assumed(2));
    expect((await again).accessKeyId).toBe('ASIA2');
  });

  test.each([
    ['ExpiredToken', 'aws-sts/bad_credentials'],
    ['InvalidClientTokenId', 'aws-sts/bad_credentials'],
    ['ValidationError', 'aws-sts/assume_role_failed'],
    ['RegionDisabledException', 'aws-sts/assume_role_failed'],
  ])('%s is %s', async (name, code) => {
    const client = await start(() => failure(name, 'As AWS says it.'));
    const error = await failed(client);
    expect(error.code).toBe(code);
    expect(error.message).toContain('As AWS says it.');
    expect(error.details.name).toMatch(name);
  });

  test.each([
    ['the base secret key', BASE.secretAccessKey],
    ['the external ID', 'partner-7'],
    ['an MFA code', '654321'],
  ])('holds no secret, where AWS says one: %s', async (_, secret) => {
    const client = await start(() => failure('ValidationError', `Value '${secret}' is no good`), {
      externalId: 'partner-7',
      params: { TokenCode: '654321' },
    });
    const { code, message, details } = await failed(client);
    expect(code).toBe('aws-sts/assume_role_failed');
    expect(message + JSON.stringify(details)).not.toContain(secret);
    expect(message).toContain('(ValidationError, request request-of-failure)');
  });

  test('is an answer that has no credentials', async () => {
    const client = await start(() => ({ body: '<AssumeRoleResponse/>' }));
    expect((await failed(client)).code).toBe('aws-sts/assume_role_failed');
  });

  test('is an endpoint that is down', async () => {
    const client = await start();
    await sts.close();
    const error = await failed(client);
    sts = await startSts();
    expect(error.code).toBe('aws-sts/unreachable');
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.details).toMatchObject({ roleArn: ROLE, code: 'ECONNREFUSED' });
  });

  test('are base credentials that cannot be got', async () => {
    const credentials = vi.fn(async () => {
      throw Object.assign(new Error('no profile'), { name: 'CredentialsProviderError' });
    });
    const client = await start(undefined, { clientConfig: { credentials } });
    expect((await failed(client)).code).toBe('aws-sts/bad_credentials');
    expect(sts.asked).toHaveLength(0);
    expect(credentials).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['secret key', { ...BASE, secretAccessKey: 'another' }],
    ['access key', { ...BASE, accessKeyId: 'AKIDANOTHER' }],
  ])(
    'is a signature by another %s: the endpoint of these tests refuses it',
    async (_, credentials) => {
      const client = await start(undefined, { clientConfig: { credentials } });
      const error = await failed(client);
      expect(error.code).toBe('aws-sts/bad_credentials');
      expect(error.details.name).toBe('SignatureDoesNotMatch');
      expect(error.message).not.toContain('The signature does not match');
      expect([sts.refused, sts.asked.length]).toEqual([1, 0]);
    },
  );
});

test('a request that is under way when the broker stops is aborted', async () => {
  const signals: AbortSignal[] = [];
  const handle = (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) => {
    signals.push(abortSignal);
    return new Promise((_, reject) => abortSignal.addEventListener('abort', reject));
  };
  const client = await start(undefined, { clientConfig: { requestHandler: { handle } } });
  const asked = failed(client);
  await vi.waitFor(() => expect(signals).toHaveLength(1), 20_000);
  await broker.stop();
  expect((await asked).code).toBe('stopping');
  expect(signals[0]!.aborted).toBe(true);
});

test('the endpoint of these tests refuses what was not signed, or changed since', async () => {
  const client = await start();
  const response = await fetch(sts.url, { method: 'POST', body: 'Action=AssumeRole' });
  expect(response.status).toBe(403);
  expect(sts.refused).toBe(1);
  const changed = new STSClient({ region: 'eu-central-1', endpoint: sts.url, credentials: BASE });
  changed.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string };
      request.body = request.body.replace('x-x', 'x-y');
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  const command = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'x-x' });
  await expect(changed.send(command)).rejects.toThrow('The signature does not match.');
  changed.destroy();
  expect(sts.refused).toBe(2);
  expect((await ask(client)).accessKeyId).toBe('ASIA1');
});

test.each<[string, unknown]>([
  ['awsSts(): expected an object', undefined],
  [
    "awsSts(): There is no option 'durationSecond'. Did you mean 'durationSeconds'?",
    { roleArn: ROLE, durationSecond: 900 },
  ],
  ['roleArn: expected', {}],
  ['roleArn: expected', { roleArn: '' }],
  ['key: expected', { roleArn: ROLE, key: '' }],
  ['region: expected a text', { roleArn: ROLE, region: 1 }],
  ['params: expected an object', { roleArn: ROLE, params: null }],
  ['clientConfig: expected an object', { roleArn: ROLE, clientConfig: 'eu-west-1' }],
  ['durationSeconds: expected', { roleArn: ROLE, durationSeconds: '1h' }],
  ['refresh: expected', { roleArn: ROLE, refresh: '5' }],
  ['refresh: expected', { roleArn: ROLE, refresh: '1h' }],
  ['refresh: expected', { roleArn: ROLE, refresh: '15m', durationSeconds: 900 }],
])('says %s', (message, options) => {
  let refusal: unknown;
  try {
    awsSts(options as AwsStsOptions);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ code: 'bad_option' });
  expect((refusal as Error).message).toContain(message);
});

describe('brokerCredentials', () => {
  const resolverOf = (client: Client) =>
    new STSClient({ region: 'x', credentials: brokerCredentials(client) }).config.credentials;

  test('are taken by SDK clients, which keep them', async () => {
    const client = await start();
    const value = vi.spyOn(client, 'value');
    const resolve = resolverOf(client);
    const expiration = new Date((await ask(client)).expiration);
    const expected = { accessKeyId: 'ASIA1', secretAccessKey: 'secret-1', sessionToken: 'token-1' };
    value.mockClear();
    expect(await resolve()).toMatchObject({ ...expected, expiration });
    expect(await resolve()).toMatchObject(expected);
    expect(value).toHaveBeenCalledTimes(1);
  });

  test('are asked for again ahead of their expiry', async () => {
    const client = await start((count) =>
      assumed(count, inFuture(count === 1 ? 240_000 : HOUR_MS)),
    );
    const resolve = resolverOf(client);
    expect((await resolve()).accessKeyId).toBe('ASIA1');
    await client.touch('aws-sts', '1m');
    await vi.waitFor(async () => expect((await resolve()).accessKeyId).toBe('ASIA2'), 20_000);
  });

  test('can be of another key', async () => {
    const client = await start(undefined, { key: 'aws-admin' });
    expect(await brokerCredentials(client, 'aws-admin')()).toHaveProperty('accessKeyId', 'ASIA1');
  });
});
