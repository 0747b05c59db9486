import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Broker, BrokerError, connect, startBroker } from '../index.ts';
import { newSecret } from '../protocol/proof.ts';

let directory: string;
let broker: Broker;
let openBroker: Broker;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  vi.stubEnv('XDG_RUNTIME_DIR', directory);
  vi.spyOn(process, 'emitWarning').mockReturnValue();
  [broker, openBroker] = await Promise.all([startBroker(), startBroker({ auth: false })]);
});
afterAll(async () => {
  await Promise.all([broker.stop(), openBroker.stop()]);
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  vi.stubEnv('EPHEMERAL_PIPE', undefined);
  vi.stubEnv('EPHEMERAL_SECRET', undefined);
});
afterEach(() => vi.unstubAllEnvs());

function stubEnv(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
}

/** How it ends: `ok`, or the error's code. */
async function ending(options?: Parameters<typeof connect>[0]): Promise<string> {
  try {
    await (await connect(options)).close();
    return 'ok';
  } catch (error) {
    expect(error).toBeInstanceOf(BrokerError);
    for (const secret of [broker.secret!, options?.secret, process.env.EPHEMERAL_SECRET]) {
      if (secret) expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toContain(secret);
    }
    return (error as BrokerError).code;
  }
}

describe('by the environment', () => {
  test('a broker is found by what it tells', async () => {
    stubEnv(broker.env);
    expect(await ending()).toBe('ok');
    stubEnv(openBroker.env);
    vi.stubEnv('EPHEMERAL_SECRET', '');
    expect(await ending()).toBe('ok');
  });

  test('without a broker there the line to add is named', async () => {
    await expect(connect()).rejects.toMatchObject({
      code: 'no_broker',
      message: expect.stringContaining("globalSetup: 'ephemeral-broker/vitest'"),
    });
  });

  test('a variable that points at a dead one is an error, and no reason to go without', async () => {
    stubEnv({ ...broker.env, EPHEMERAL_PIPE: `${broker.pipe}-gone` });
    expect(await ending()).toBe('broker_gone');
  });

  test.each([
    ['EPHEMERAL_SECRET', 'ok'],
    ['EPHEMERAL_SECRETS', 'auth_required'],
    ['EPHEMERAL_TOKEN', 'auth_required'],
    ['ephemeral_secret', process.platform === 'win32' ? 'ok' : 'auth_required'],
  ])('a secret under %s: %s', async (name, expected) => {
    stubEnv({ EPHEMERAL_PIPE: broker.pipe, [name]: broker.secret! });
    expect(await ending()).toBe(expected);
  });
});

describe('a wrong secret is refused', () => {
  const wrong: [string, (secret: string) => string][] = [
    ['another', () => newSecret()],
    ['one byte off', (secret) => `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`],
    ['the beginning of it', (secret) => secret.slice(0, 32)],
    ['it in capitals', (secret) => secret.toUpperCase()],
    ['it with a line break', (secret) => `${secret}\n`],
    ['an empty one', () => ''],
  ];
  test.each(wrong)('%s', async (_, make) => {
    expect(await ending({ pipe: broker.pipe, secret: make(broker.secret!) })).toBe('auth_failed');
  });

  test('and so is a broker without one, by a client that has one', async () => {
    expect(await ending({ pipe: openBroker.pipe, secret: newSecret() })).toBe('auth_failed');
  });

  test('and so is none', async () => {
    expect(await ending({ pipe: broker.pipe })).toBe('auth_required');
  });
});

describe('given in code', () => {
  test('a pipe is not joined by the secret of the environment: that is of another broker', async () => {
    stubEnv(broker.env);
    expect(await ending({ pipe: broker.pipe })).toBe('auth_required');
    expect(await ending({ pipe: openBroker.pipe })).toBe('ok');
  });

  test('a secret goes before the environment’s', async () => {
    stubEnv({ ...broker.env, EPHEMERAL_SECRET: newSecret() });
    expect(await ending({ secret: broker.secret })).toBe('ok');
  });

  test.each([{ pipe: '' }, { pipe: 5 }, { pipe: null }, { secret: 47114711 }, { secret: {} }])(
    '%j is a wrong option',
    async (options) => {
      stubEnv(broker.env);
      expect(await ending(options as never)).toBe('bad_option');
    },
  );

  test('a path that no system takes is told like any other', async () => {
    for (const pipe of ['a\0b', 'x'.repeat(10_000)]) {
      expect(['bad_address', 'broker_gone']).toContain(await ending({ pipe }));
    }
  });
});
