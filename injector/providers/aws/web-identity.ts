import type { AwsSmStore } from '../../../src/contract/provider.ts';
import { readIdentityToken } from '../identity-token.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { Credentials } from './credentials.ts';
import { checkHealing } from './healing.ts';
import type { Http } from './http.ts';
import { stsError } from './sts-error.ts';
import { xmlElement } from './xml-element.ts';

/**
 * Exchanges the projected token for credentials of the role (STS, `AssumeRoleWithWebIdentity`). One unsigned request, made
 * without the SDK's STS client: that and its XML parser would double what the store loads.
 */
export async function assumeRole(request: {
  readonly webIdentity: NonNullable<AwsSmStore['webIdentity']>;
  readonly endpoint: string;
  readonly deps: ProviderDeps;
  readonly http: Http;
  readonly signal: AbortSignal;
}): Promise<Credentials> {
  const { webIdentity, endpoint, deps, http, signal } = request;
  const place = `AWS STS at ${endpoint}`;
  const token = readIdentityToken(webIdentity.tokenFile, deps);
  const answer = await http({
    method: 'POST',
    url: endpointUrl(endpoint),
    // The token travels in the body: a query would stand in access logs.
    body: new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: webIdentity.roleArn,
      RoleSessionName: sessionName(deps),
      WebIdentityToken: token,
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/xml', 'user-agent': 'keyfirst' },
    signal,
    place,
    setting: 'sts-endpoint',
  });
  checkHealing(answer, place);
  const xml = answer.body.toString('utf8');
  if (answer.status !== 200)
    throw stsError(answer.status, xmlElement(xml, 'Code'), xmlElement(xml, 'Message'), { webIdentity, token, deps, place });
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) =>
    xmlElement(xml, name),
  );
  if (!accessKeyId || !secretAccessKey || !sessionToken) {
    if (breaksOff(xml)) {
      throw new ProviderError('unavailable', `the answer of ${place} breaks off`, {
        status: answer.status,
        remedy: 'Look for a proxy between the pod and AWS that cuts answers.',
      });
    }
    throw new ProviderError('protocol', `the answer of ${place} is not one of STS`, {
      status: answer.status,
      remedy: 'Check the setting `sts-endpoint`, and proxies between the pod and AWS.',
    });
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** An answer of STS that has lost its end: one without a length looks whole when its connection is cut. */
function breaksOff(xml: string): boolean {
  return /^\s*(<\?xml[^>]*>\s*)?<AssumeRoleWithWebIdentityResponse\b/.test(xml) && !xml.includes('</AssumeRoleWithWebIdentityResponse>');
}

/** What CloudTrail shows: who in the cluster took the role. Letters of Kubernetes names are allowed there; at most 64. */
function sessionName({ identity }: ProviderDeps): string {
  return `keyfirst-${identity.namespace}-${identity.serviceAccount}`.slice(0, 64);
}

function endpointUrl(endpoint: string): URL {
  if (URL.canParse(endpoint)) return new URL(endpoint);
  throw new ProviderError('invalid', 'the setting `sts-endpoint` is no URL', {
    remedy: 'Write it like `https://sts.eu-central-1.amazonaws.com`.',
  });
}
