import type { PulumiEscStore } from '../../../src/contract/provider.ts';
import { extraCa } from '../extra-ca.ts';
import { baseUrl } from '../http/base-url.ts';
import { createHttp } from '../http/http.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { login, organizationUrn } from './login.ts';
import { parseName } from './name.ts';
import { openEnvironment } from './open.ts';
import { pulumiPeer } from './peer.ts';

/**
 * Pulumi ESC: a whole environment as a map, opened once however many properties of it are used. We call its API ourselves:
 * `@pulumi/esc-sdk` 0.12 stands on axios (57 ms of start-up), cannot log in by OIDC, drops the port of an endpoint and
 * rounds long numbers.
 */
export async function openPulumiEsc(config: PulumiEscStore, deps: ProviderDeps): Promise<Store> {
  const base = baseUrl('endpoint', config.endpoint, 'https://api.pulumi.com');
  const http = createHttp(() => extraCa(config.caDirectory, deps.root), deps.connections);
  const peer = pulumiPeer(base);
  /** Two spellings of one environment (`@3`, `?version=3`) share one session. */
  const answers = new Map<string, Promise<SecretRead>>();
  let token = '';
  return {
    identity: identityText(config, deps),
    place: peer.place,
    async connect(signal) {
      token = await login(http, peer, base, config, deps, signal);
    },
    async read(path, parameters, signal) {
      const name = parseName(path, parameters);
      const earlier = answers.get(name.text);
      if (earlier !== undefined) return earlier;
      const caller = { http, peer, base, token, organization: config.organization };
      const answer = openEnvironment(caller, name, signal).catch((error: unknown) => {
        // A failure must not stay: the next attempt asks again.
        answers.delete(name.text);
        throw error;
      });
      answers.set(name.text, answer);
      return answer;
    },
  };
}

function identityText(config: PulumiEscStore, { identity: { namespace, serviceAccount } }: ProviderDeps): string {
  const subject = `system:serviceaccount:${namespace}:${serviceAccount}`;
  return `service account ${namespace}/${serviceAccount}, subject ${subject}, audience ${config.audience ?? organizationUrn(config)}`;
}
