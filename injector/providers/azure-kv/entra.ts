import type { AzureKvStore } from '../../../src/contract/provider.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { checkAnswer, field } from './answer.ts';
import type { Cloud } from './clouds.ts';
import { loginRefused } from './login-refused.ts';
import type { Peer } from './network-error.ts';
import { readAssertion } from './token-file.ts';
import type { Answer, Transport } from './transport.ts';

/** A token is renewed this long before its end; milliseconds. */
const MARGIN = 120_000;

export interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
}

/** The store's one identity at Entra ID. */
export interface Entra {
  readonly place: string;
  /** The token that is there, or a new one when there is none or it ends soon. */
  token(signal: AbortSignal | undefined): Promise<AccessToken>;
  /** A new one, because a vault did not accept the one that is there. */
  renew(signal: AbortSignal | undefined): Promise<AccessToken>;
}

/**
 * Exchanges the pod's projected token for an access token to Key Vault (OAuth 2.0 client credentials with a JWT assertion).
 * @azure/identity does the same, but its import takes 20 ms more and it asks Entra ID twice more before it asks for the token.
 */
export function createEntra(config: AzureKvStore, { authority, scope }: Cloud, deps: ProviderDeps, send: Transport): Entra {
  const peer: Peer = { place: `Entra ID at ${authority}`, setting: 'authority' };
  const url = `${authority}/${encodeURIComponent(config.tenantId)}/oauth2/v2.0/token`;
  let current: AccessToken | undefined;
  let asking: Promise<AccessToken> | undefined;

  async function ask(signal: AbortSignal | undefined): Promise<AccessToken> {
    const assertion = readAssertion(config.tokenFile, config.audience, deps);
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: config.clientId,
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion.jwt,
    });
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'keyfirst' };
    const answer = await send({ method: 'POST', url, headers, body: form.toString(), signal }, peer);
    checkAnswer(answer, peer, Date.now());
    if (answer.status !== 200) throw loginRefused(answer, assertion, config, peer.place);
    current = parseToken(answer, peer.place);
    deps.keepSecret(current.token);
    return current;
  }

  function renew(signal: AbortSignal | undefined): Promise<AccessToken> {
    // Parallel reads that all find the token too old ask once.
    asking ??= ask(signal).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return {
    place: peer.place,
    token: async (signal) => (current !== undefined && current.expiresOnTimestamp - MARGIN > Date.now() ? current : renew(signal)),
    renew,
  };
}

function parseToken({ json, status }: Answer, place: string): AccessToken {
  const token = field(json, 'access_token');
  const seconds = Number(field(json, 'expires_in'));
  if (typeof token !== 'string' || token === '' || !Number.isFinite(seconds)) {
    throw new ProviderError('protocol', `${place} answered the login without a token`, {
      status,
      remedy: 'Check the setting `authority`: it must be the base URL of Entra ID.',
    });
  }
  return { token, expiresOnTimestamp: Date.now() + seconds * 1000 };
}
