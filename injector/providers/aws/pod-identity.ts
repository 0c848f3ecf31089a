import { readIdentityToken } from '../identity-token.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { Credentials } from './credentials.ts';
import { checkHealing } from './healing.ts';
import type { Http } from './http.ts';
import { awsWords } from './words.ts';

/** Where AWS's own clients send the token without TLS: this machine, and the agents of ECS and EKS. */
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]', '169.254.170.2', '169.254.170.23', '[fd00:ec2::23]']);

/** Credentials from the EKS Pod Identity agent of the node, as our container's environment names it. */
export async function podIdentity(request: {
  readonly uri: string;
  readonly tokenFile: string | undefined;
  readonly deps: ProviderDeps;
  readonly http: Http;
  readonly signal: AbortSignal;
}): Promise<Credentials> {
  const { uri, tokenFile, deps, http, signal } = request;
  const url = agentUrl(uri);
  const place = `the EKS Pod Identity agent at ${url.origin}`;
  if (tokenFile === undefined || tokenFile === '') {
    throw new ProviderError('invalid', 'AWS_CONTAINER_CREDENTIALS_FULL_URI is set without AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', {
      remedy: "Check that EKS's own webhook changed the init container keyfirst-init as it does the others, and start the pod again.",
    });
  }
  const token = readIdentityToken(tokenFile, deps, 'EKS mounts it; start the pod again, and check that nothing removed its volume.');
  const answer = await http({
    method: 'GET',
    url,
    headers: { authorization: token, accept: 'application/json', 'user-agent': 'keyfirst' },
    signal,
    place,
    setting: 'role-arn',
  });
  checkHealing(answer, place);
  const { status } = answer;
  const { AccessKeyId, SecretAccessKey, Token, message, Message } = parse(answer.body);
  if (status !== 200) {
    throw new ProviderError('login-refused', `${place} refused${awsWords(message ?? Message)}`, {
      status,
      remedy:
        `Check the Pod Identity association of service account ${deps.identity.namespace}/${deps.identity.serviceAccount}, and that its role's ` +
        'trust policy allows `sts:AssumeRole` and `sts:TagSession` to `pods.eks.amazonaws.com`.',
    });
  }
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string' || typeof Token !== 'string') {
    throw new ProviderError('protocol', `the answer of ${place} holds no credentials`, {
      status,
      remedy: 'Look at the log of the DaemonSet eks-pod-identity-agent on this node.',
    });
  }
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

function agentUrl(uri: string): URL {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOCAL_HOSTS.has(url.hostname))) return url;
  throw new ProviderError('invalid', 'AWS_CONTAINER_CREDENTIALS_FULL_URI names neither https nor an agent of AWS', {
    remedy: 'Find out who sets this variable in the pod; EKS sets `http://169.254.170.23/v1/credentials`.',
  });
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return typeof json === 'object' && json !== null ? { ...json } : {};
  } catch {
    return {};
  }
}
