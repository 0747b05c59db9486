// Stands in for AWS: an STS that knows AssumeRole and one access key, and refuses what is not signed by it.
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Who may assume roles. */
export const BASE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'base-secret-key' };

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

export interface Sts {
  url: string;
  /** The parameters of each request that was signed right. */
  asked: URLSearchParams[];
  /** How many were not. */
  refused: number;
  close(): Promise<void>;
}

/** On a free port of 127.0.0.1. `answer` gets the number of the request, from 1. */
export async function startSts(
  answer: (count: number) => Answer | Promise<Answer> = (count) => assumed(count),
): Promise<Sts> {
  const sts: Sts = { url: '', asked: [], refused: 0, close };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    let reply: Answer;
    if (signatureOf(request, body) === request.headers.authorization) {
      reply = await answer(sts.asked.push(new URLSearchParams(body)));
    } else {
      sts.refused++;
      reply = failure('SignatureDoesNotMatch', 'The signature does not match.');
    }
    response.writeHead(reply.status ?? 200, { 'content-type': 'text/xml', ...reply.headers });
    response.end(reply.body);
  });
  async function close() {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  sts.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return sts;
}

/** Credentials that are told apart by `count`. */
export const assumed = (count: number, expiration = new Date(Date.now() + 3_600_000)): Answer => ({
  body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA${count}</AccessKeyId><SecretAccessKey>secret-${count}</SecretAccessKey><SessionToken>token-${count}</SessionToken>
<Expiration>${expiration.toISOString()}</Expiration></Credentials></AssumeRoleResult>
<ResponseMetadata><RequestId>request-${count}</RequestId></ResponseMetadata></AssumeRoleResponse>`,
});

export const failure = (code: string, message: string, status = 403): Answer => ({
  status,
  headers: { 'x-amzn-requestid': 'request-of-failure' },
  body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>${code}</Code><Message>${message}</Message></Error><RequestId>request-of-failure</RequestId></ErrorResponse>`,
});

/**
 * The `Authorization` that the request must have: Signature Version 4, by
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function signatureOf(request: IncomingMessage, body: string): string {
  const { authorization = '', 'x-amz-date': time = '' } = request.headers as Record<string, string>;
  const [, region = '', names = ''] =
    /\/(\w[\w-]*)\/sts\/aws4_request, SignedHeaders=([\w;-]+),/.exec(authorization) ?? [];
  const signed = names.split(';');
  if (!['content-type', 'host', 'x-amz-date'].every((name) => signed.includes(name))) return 'none';
  const { pathname, search } = new URL(request.url!, 'http://sts');
  const headers = signed.map((name) => `${name}:${request.headers[name]}\n`).join('');
  const canonical = [request.method, pathname, search.slice(1), headers, names, sha256(body)];
  const scope = [time.slice(0, 8), region, 'sts', 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical.join('\n'))].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${BASE.secretAccessKey}`);
  return `AWS4-HMAC-SHA256 Credential=${BASE.accessKeyId}/${scope.join('/')}, SignedHeaders=${names}, Signature=${hmac(key, text).toString('hex')}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
