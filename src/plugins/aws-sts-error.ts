import { BrokerError, messageOf } from '../protocol/errors.ts';

/** STS gave what nobody can use. */
export const expired = (roleArn: string): BrokerError =>
  new BrokerError(
    'aws-sts/expired',
    `The credentials that STS gave for ${roleArn} have expired already.`,
    { roleArn },
  );

/** What the SDK throws: AWS's errors, and its own. */
interface SdkError {
  name?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/** @param secrets where AWS's own words have one of them, they are left out. */
export function failed(roleArn: string, error: unknown, secrets: string[]): BrokerError {
  const { name = 'Error', code = codeWithin(error), $metadata } = Object(error) as SdkError;
  const { httpStatusCode: status, requestId } = $metadata ?? {};
  const said = messageOf(error);
  const tellable = name !== 'SignatureDoesNotMatch' && !secrets.some((text) => said.includes(text));
  const kind = kindOf(name, code);
  const facts = [code ?? name, ...(requestId ? [`request ${requestId}`] : [])].join(', ');
  const words = tellable && said !== '' ? `: ${said.slice(0, 1_000)}` : '';
  return new BrokerError(
    `aws-sts/${kind}`,
    `STS did not give credentials for ${roleArn} (${facts})${words}${REMEDIES[kind] ?? ''}`,
    {
      roleArn,
      name,
      ...(code ? { code } : {}),
      ...(status ? { status } : {}),
      ...(requestId ? { requestId } : {}),
    },
  );
}

const KINDS: Record<string, string[]> = {
  access_denied: ['AccessDenied', 'AccessDeniedException'],
  bad_credentials: [
    'CredentialsProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidClientTokenId',
    'SignatureDoesNotMatch',
    'TokenProviderError',
    'UnrecognizedClientException',
  ],
  unreachable: [
    'TimeoutError',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
  ],
};

const REMEDIES: Record<string, string> = {
  bad_credentials:
    '. The credentials with which the broker asks are missing or wrong: see those of the environment, or of clientConfig.',
};

const kindOf = (name: string, code: string | undefined): string =>
  Object.keys(KINDS).find((kind) => KINDS[kind]!.some((each) => each === name || each === code)) ??
  'assume_role_failed';

/** Where a host has several addresses, Node tells what became of each. */
function codeWithin(error: unknown): string | undefined {
  const { errors } = Object(error) as Partial<AggregateError>;
  return Array.isArray(errors) ? (Object(errors[0]) as SdkError).code : undefined;
}
