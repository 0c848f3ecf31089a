import type { AwsSmStore, AwsSsmStore } from '../../../src/contract/provider.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { Http } from './http.ts';
import { podIdentity } from './pod-identity.ts';
import { defaultRegion, type Environment, homeRegion, needRegion } from './region.ts';
import { assumeRole } from './web-identity.ts';

/** Temporary credentials of the pod's role. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Identity {
  /** For messages. */
  readonly text: string;
  /** Asks for credentials once; every failure is a `ProviderError`. */
  login(signal: AbortSignal): Promise<Credentials>;
}

/** How this pod proves who it is; `hostOf` gives the store's host in a region, whose neighbour STS is. */
export function identityOf(
  config: AwsSmStore | AwsSsmStore,
  deps: ProviderDeps,
  http: Http,
  env: Environment,
  hostOf: (region: string) => string,
): Identity {
  const { webIdentity } = config;
  const { namespace, serviceAccount } = deps.identity;
  const account = `service account ${namespace}/${serviceAccount}`;
  const keep = (credentials: Credentials): Credentials => {
    deps.keepSecret(credentials.secretAccessKey);
    deps.keepSecret(credentials.sessionToken);
    return credentials;
  };
  if (webIdentity !== undefined) {
    const audience = webIdentity.audience === undefined ? '' : `, audience ${webIdentity.audience}`;
    return {
      text: `${account}, role ${webIdentity.roleArn}${audience}`,
      async login(signal) {
        const region = () => needRegion(defaultRegion(config.region, env) ?? homeRegion(webIdentity.roleArn));
        const endpoint = config.stsEndpoint ?? `https://${hostOf(region()).replace(/^[^.]+/, 'sts')}`;
        return keep(await assumeRole({ webIdentity, endpoint, deps, http, signal }));
      },
    };
  }
  const uri = env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (uri !== undefined && uri !== '') {
    return {
      text: `${account}, EKS Pod Identity`,
      login: async (signal) => keep(await podIdentity({ uri, tokenFile: env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, deps, http, signal })),
    };
  }
  return {
    text: account,
    async login() {
      throw new ProviderError('login-refused', `${account} has no AWS identity`, {
        remedy:
          'Annotate the service account with `eks.amazonaws.com/role-arn`, or the pod with `keyfirst.dev/store.aws.role-arn`, or create an ' +
          'EKS Pod Identity association for the service account and start the pod again.',
      });
    },
  };
}
