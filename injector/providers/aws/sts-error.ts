import type { AwsSmStore } from '../../../src/contract/provider.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { tokenClaims } from '../token-claims.ts';
import { throttled } from './healing.ts';
import { THROTTLING } from './service-error.ts';
import { awsWords } from './words.ts';

/** What a refusal of `AssumeRoleWithWebIdentity` means, with the trust that the role must give. */
export function stsError(
  status: number,
  code: string | undefined,
  message: string | undefined,
  about: {
    readonly webIdentity: NonNullable<AwsSmStore['webIdentity']>;
    readonly token: string;
    readonly deps: ProviderDeps;
    readonly place: string;
  },
): ProviderError {
  const { webIdentity, token, deps, place } = about;
  const { roleArn } = webIdentity;
  const claims = tokenClaims(token);
  const subject = claims.subject ?? `system:serviceaccount:${deps.identity.namespace}:${deps.identity.serviceAccount}`;
  const audience = webIdentity.audience ?? claims.audience ?? '';
  const issuer = claims.issuer?.replace(/^https:\/\//, '') ?? '<issuer of the cluster>';
  const words = awsWords(message);
  const refused = (remedy: string) => new ProviderError('login-refused', `login as ${roleArn} refused${words}`, { status, remedy });
  if (code === undefined) {
    return new ProviderError('protocol', `the answer of ${place} is not one of STS`, {
      status,
      remedy: 'Check the setting `sts-endpoint`, and proxies between the pod and AWS.',
    });
  }
  if (THROTTLING.has(code)) return throttled(place, words, { status });
  switch (code) {
    case 'IDPCommunicationError':
      return new ProviderError('unavailable', `${place} cannot reach the cluster's issuer${words}`, {
        status,
        remedy: `Let AWS read \`https://${issuer}/.well-known/openid-configuration\` and the keys it names.`,
      });
    case 'InvalidIdentityToken':
    case 'IDPRejectedClaim':
      return refused(
        `Create an IAM OpenID Connect provider for the issuer \`${claims.issuer ?? issuer}\` with the audience \`${audience}\` in the role's account.`,
      );
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return refused("The service account token has expired; check the node's clock.");
    case 'RegionDisabledException':
      return refused('Activate STS in this region, or set `sts-endpoint` to that of another region.');
    case 'ValidationError':
      return new ProviderError('invalid', `AWS does not accept the role ${roleArn}${words}`, {
        status,
        remedy: 'Write the setting `role-arn` like `arn:aws:iam::111122223333:role/shop`.',
      });
    default:
      return refused(
        `Let the role's trust policy allow \`sts:AssumeRoleWithWebIdentity\` to the OpenID Connect provider \`${issuer}\` where ` +
          `\`${issuer}:sub\` is \`${subject}\` and \`${issuer}:aud\` is \`${audience}\`; check that the role exists.`,
      );
  }
}
