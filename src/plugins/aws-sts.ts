import { randomBytes } from 'node:crypto';
import { definePlugin, type Plugin } from '../config/plugin.ts';
import type { Provision } from '../config/provided.ts';
import { type Duration, durationMs, MAX_DURATION_MS } from '../protocol/duration.ts';
import { BrokerError, badOption, messageOf } from '../protocol/errors.ts';
import { checkOptions } from '../protocol/options.ts';
import { expired, failed } from './aws-sts-error.ts';

/** The temporary credentials of a role, as workers get them. */
export interface StsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** When they expire, by the clock of this machine, as ISO text. */
  expiration: string;
}

/** What else `AssumeRole` takes, by the names of its API. */
export interface AssumeRoleParams {
  PolicyArns?: { arn?: string }[] | undefined;
  Tags?: { Key: string; Value: string }[] | undefined;
  TransitiveTagKeys?: string[] | undefined;
  SerialNumber?: string | undefined;
  TokenCode?: string | undefined;
  SourceIdentity?: string | undefined;
  DurationSeconds?: number | undefined;
  [name: string]: unknown;
}

export interface AwsStsOptions {
  /** The role: `arn:aws:iam::123456789012:role/tests`. */
  roleArn: string;
  /** Under which key `client.value` gives the credentials. Default: `'aws-sts'`. */
  key?: string | undefined;
  /** What AWS logs the session as. Default: `ephemeral-broker-` and something else for each broker. */
  roleSessionName?: string | undefined;
  /** How long the credentials live, in seconds: from 900 to what the role allows. Default: STS's, an hour. */
  durationSeconds?: number | undefined;
  /** What the role's trust policy may ask for. */
  externalId?: string | undefined;
  /** A session policy, as JSON text: the credentials may do no more than that and the role allow. */
  policy?: string | undefined;
  /** Further parameters of `AssumeRole`. The options above go before these. */
  params?: AssumeRoleParams | undefined;
  /** Of the STS endpoint. Default: the SDK's, from the environment or the profile. */
  region?: string | undefined;
  /** Any `STSClientConfig`: `credentials` that may assume the role, `endpoint`, `profile`, … Default: the SDK's. */
  clientConfig?: object | undefined;
  /** When less than this is left of their life, new ones are made while all go on with the old ones; less than `durationSeconds`. Default: 5 min. */
  refresh?: Duration | undefined;
}

const SDK = '@aws-sdk/client-sts';
const TEXTS = ['roleArn', 'key', 'roleSessionName', 'externalId', 'policy', 'region'] as const;
const OPTIONS = [...TEXTS, 'durationSeconds', 'params', 'clientConfig', 'refresh'];
const DEFAULT_KEY = 'aws-sts';
/** Of an AssumeRole that says nothing of it. */
const DEFAULT_DURATION_S = 3_600;
/** A `Date` header has whole seconds. */
const DATE_GRAIN_MS = 1_000;

/**
 * Credentials of an AWS role for all workers: the broker assumes it when the first one asks, and
 * anew before they expire. Needs `@aws-sdk/client-sts`, which is loaded then.
 *
 * Who asks gets a BrokerError where that fails: `aws-sts/no_sdk`, `aws-sts/access_denied`,
 * `aws-sts/bad_credentials`, `aws-sts/unreachable`, `aws-sts/expired`, else
 * `aws-sts/assume_role_failed`. None holds a secret.
 *
 * @throws BrokerError `bad_option`.
 */
export function awsSts(options: AwsStsOptions): Plugin {
  checkOptions(options, OPTIONS, 'awsSts()');
  const { key = DEFAULT_KEY, roleArn, refresh = '5m', durationSeconds, params } = options;
  for (const name of TEXTS) {
    if (options[name] === '' || !isOneOf(options[name], 'string')) {
      throw badOption(name, 'a text', options[name]);
    }
  }
  for (const name of ['params', 'clientConfig'] as const) {
    if (!isOneOf(options[name], 'object')) throw badOption(name, 'an object', options[name]);
  }
  if (roleArn === undefined) throw badOption('roleArn', 'the ARN of a role', roleArn);
  if (
    durationSeconds !== undefined &&
    !(Number.isSafeInteger(durationSeconds) && durationSeconds > 0)
  ) {
    throw badOption('durationSeconds', 'a whole number above 0', durationSeconds);
  }
  const lifeS = durationSeconds ?? params?.DurationSeconds ?? DEFAULT_DURATION_S;
  if (durationMs(refresh, 'refresh') >= lifeS * 1_000) {
    throw badOption('refresh', `less than durationSeconds (${lifeS})`, refresh);
  }
  return definePlugin({
    // One for each key, since no two plugins have the same name.
    name:
      key === DEFAULT_KEY ? key : `${DEFAULT_KEY}.${key.replace(/[^\w@.-]/g, '-').slice(0, 90)}`,
    setup(broker) {
      const request = requestOf(options);
      broker.on('provide', async (context) =>
        context.key === key
          ? { ...(await assumeRole(request, options, context.signal)), refresh }
          : undefined,
      );
    },
  });
}

const isOneOf = (given: unknown, type: 'string' | 'object'): boolean =>
  given === undefined || (typeof given === type && given !== null);

/**
 * The credentials that the broker provides under `key`, for the clients of AWS SDK v3:
 * `new S3Client({ credentials: brokerCredentials(broker) })`. They have an `expiration`, ahead of
 * which a client asks again.
 *
 * @param client any client of the broker: what `connect` gives, or the fixture `broker`.
 */
export const brokerCredentials =
  (client: ValueClient, key = DEFAULT_KEY): (() => Promise<SdkCredentials>) =>
  async () => {
    const given = (await client.value(key)) as StsCredentials;
    return { ...given, expiration: new Date(given.expiration) };
  };

/** Of a client, what is needed here. */
export interface ValueClient {
  value(key: string): Promise<unknown>;
}

/** What the AWS SDK takes for credentials. */
export type SdkCredentials = Omit<StsCredentials, 'expiration'> & { expiration: Date };

/** As `AssumeRole` takes them. */
type Params = AssumeRoleParams & { RoleArn: string; RoleSessionName: string };

function requestOf(options: AwsStsOptions): Params {
  const { roleArn, roleSessionName, durationSeconds, externalId, policy, params } = options;
  const given = {
    RoleSessionName: roleSessionName,
    DurationSeconds: durationSeconds,
    ExternalId: externalId,
    Policy: policy,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    RoleSessionName: `ephemeral-broker-${randomBytes(6).toString('hex')}`,
    ...params,
    ...Object.fromEntries(set),
    RoleArn: roleArn,
  };
}

/** Credentials that have not expired, and how long they live. */
async function assumeRole(
  params: Params,
  { region, clientConfig }: AwsStsOptions,
  abortSignal: AbortSignal,
): Promise<Provision<StsCredentials> & { ttl: number }> {
  const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts').catch((error) => {
    throw new BrokerError(
      'aws-sts/no_sdk',
      `The AWS SDK cannot be loaded. Install it: npm install --save-dev ${SDK}. (${messageOf(error)})`,
      { package: SDK },
    );
  });
  const client = new STSClient({ ...clientConfig, ...(region === undefined ? {} : { region }) });
  let date: string | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = (result.response as { headers?: Record<string, string> }).headers?.date;
      return result;
    },
    { step: 'deserialize' },
  );
  const start = performance.now();
  try {
    const command = new AssumeRoleCommand(params);
    const { Credentials } = await client.send(command, { abortSignal });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error('no credentials in it');
    const took = performance.now() - start;
    const ttl = Math.min(lifeMs(Expiration, date, params, took), MAX_DURATION_MS);
    if (!(ttl >= 1)) throw expired(params.RoleArn);
    return {
      value: {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: new Date(Date.now() + ttl).toISOString(),
      },
      ttl,
    };
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    // What AWS says may repeat the request.
    const secrets = Object(error).$fault ? await secretsOf(client, params) : [];
    throw failed(params.RoleArn, error, secrets);
  } finally {
    client.destroy();
  }
}

/**
 * How long they live from now on; rather less than that. By the clock of STS, as its reply told it:
 * that of this machine may be wrong. Where the reply has no expiry, they live as long as was asked for.
 *
 * @param took how long it took to get them, in milliseconds.
 */
function lifeMs(
  expiration: Date | undefined,
  date: string | undefined,
  { DurationSeconds = DEFAULT_DURATION_S }: AssumeRoleParams,
  took: number,
): number {
  if (!expiration) return DurationSeconds * 1_000 - took;
  const now = Date.parse(date ?? '');
  if (Number.isNaN(now)) return expiration.getTime() - Date.now();
  return expiration.getTime() - now - DATE_GRAIN_MS - took;
}

/** What no error may hold. */
async function secretsOf(
  client: { config: { credentials: () => Promise<object> } },
  { ExternalId, TokenCode }: AssumeRoleParams,
): Promise<string[]> {
  const known: Partial<SdkCredentials> = await client.config.credentials().catch(() => ({}));
  const secrets = [known.secretAccessKey, known.sessionToken, ExternalId, TokenCode];
  return secrets.filter((text): text is string => typeof text === 'string' && text !== '');
}
