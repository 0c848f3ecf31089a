import { ProviderError } from '../provider-error.ts';
import { retryAfter } from '../retry-after.ts';
import { throttled } from './healing.ts';
import { networkError } from './network-error.ts';
import { awsWords } from './words.ts';

/** Names by which AWS's services ask to slow down. */
export const THROTTLING: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const UNAVAILABLE = /^(Internal(Failure|ServerError|ServiceError)|ServiceUnavailable(Exception)?|RequestTimeout(Exception)?)$/;
const CLOCK = /^(RequestExpired|RequestInTheFuture|RequestTimeTooSkewed)$/;
const SIGNATURE = /^(InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken(Exception)?)$/;
const STRANGER = /^(UnrecognizedClientException|InvalidClientTokenId|ExpiredToken(Exception)?|OptInRequired)$/;
const DENIED = /^(AccessDenied(Exception)?|NotAuthorized(Exception)?)$/;

export interface ServiceErrorContext {
  /** For example `AWS Secrets Manager in eu-central-1`. */
  readonly place: string;
  /** For example `the secret shop/db`. */
  readonly what: string;
  /** The action that reading needs. */
  readonly permission: string;
  /** The store's own meaning of an error's name; asked first. `words` are AWS's, ready to append. */
  readonly own: (name: string, message: string, words: string, status: number | undefined) => ProviderError | undefined;
}

/** What an error of an SDK client means. An error of ours stays as it is. */
export function serviceError(error: unknown, { place, what, permission, own }: ServiceErrorContext): ProviderError {
  if (error instanceof ProviderError) return error;
  const { name, message, status, waits } = partsOf(error);
  // The SDK heard the signal before our transport did.
  if (name === 'AbortError') return networkError(error, place, 'endpoint');
  // Not an answer of AWS but a defect: its message may quote anything.
  if (status === undefined) throw error;
  const words = awsWords(message);
  if (THROTTLING.has(name)) return throttled(place, words, { status, retryAfter: waits });
  if (UNAVAILABLE.test(name)) {
    return new ProviderError('unavailable', `${place} asks to try later${words}`, {
      status,
      retryAfter: waits,
      remedy: 'Look at the health of AWS in this region.',
    });
  }
  if (CLOCK.test(name) || (SIGNATURE.test(name) && /expired|not yet current/i.test(message))) {
    // The client has learnt the right time from this answer, so the next try may succeed.
    return new ProviderError('unavailable', `${place} finds the time of the request wrong${words}`, {
      status,
      remedy: "Set the node's clock right.",
    });
  }
  const specific = own(name, message, words, status);
  if (specific !== undefined) return specific;
  if (DENIED.test(name)) return denied(what, permission, message, words, status);
  if (STRANGER.test(name) || SIGNATURE.test(name)) {
    return new ProviderError('login-refused', `${place} does not accept the credentials (${name})${words}`, {
      status,
      remedy: 'Check that the region belongs to the partition of the role and is enabled in its account, and the setting `endpoint`.',
    });
  }
  return new ProviderError('invalid', `${what} cannot be read (${name})${words}`, {
    status,
    remedy: 'Check the reference against the name or ARN that the AWS console shows.',
  });
}

function denied(what: string, permission: string, message: string, words: string, status: number): ProviderError {
  if (/\bkms\b/i.test(message)) {
    return new ProviderError('denied', `decrypting ${what} is not allowed${words}`, {
      status,
      remedy: 'Allow the role `kms:Decrypt` on the KMS key that encrypts it, in the key policy or the policy of the role.',
    });
  }
  const action = /perform:? ([a-z][a-z0-9-]*:[A-Za-z]+)/.exec(message)?.[1] ?? permission;
  return new ProviderError('denied', `reading ${what} is not allowed${words}`, {
    status,
    remedy: `Allow the role \`${action}\` on it; look for a resource policy, a permissions boundary or a service control policy that denies it.`,
  });
}

function partsOf(error: unknown): { name: string; message: string; status: number | undefined; waits: number | undefined } {
  if (!(error instanceof Error)) return { name: '', message: '', status: undefined, waits: undefined };
  const { $metadata, $response, message } = { $metadata: undefined, $response: undefined, ...properties(error), message: error.message };
  const status: unknown = Object($metadata).httpStatusCode;
  const header: unknown = Object(Object($response).headers)['retry-after'];
  return {
    name: error.name,
    message: typeof message === 'string' ? message : '',
    status: typeof status === 'number' ? status : undefined,
    waits: retryAfter(typeof header === 'string' ? header : undefined, Date.now()),
  };
}

/** `$response` is not enumerable. */
function properties(error: Error): { $metadata?: unknown; $response?: unknown } {
  return {
    ...('$metadata' in error ? { $metadata: error.$metadata } : {}),
    ...('$response' in error ? { $response: error.$response } : {}),
  };
}
