import type { VaultStore } from '../../../src/contract/provider.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { login, type TokenLife } from './auth.ts';
import { createClient } from './client.ts';
import { Mounts } from './mounts.ts';
import { cleanPath } from './path.ts';
import { parseRead, planRead, readRefused } from './read.ts';
import { VaultRefusal } from './response.ts';

/** HashiCorp Vault and OpenBao: KV of both versions as `vault kv get` takes the path, and any other path that can be read. */
export async function openVault(config: VaultStore, deps: ProviderDeps): Promise<Store> {
  const client = await createClient(config, deps);
  const mounts = new Mounts(client);
  /** Two spellings of one object (`secret/x`, `secret/data/x`) share one answer, hence one version. */
  const answers = new Map<string, Promise<SecretRead>>();
  let tokenLife: TokenLife;

  async function read(path: string, parameters: ReadonlyMap<string, string>, signal: AbortSignal): Promise<SecretRead> {
    const clean = cleanPath(path);
    const plan = planRead(clean, parameters, await mounts.of(clean, signal));
    const earlier = answers.get(plan.url);
    if (earlier !== undefined) return earlier;
    const answer = client.get(plan.url, signal).then(
      (body) => parseRead(body, plan, tokenLife, client.place),
      (error: unknown) => {
        answers.delete(plan.url);
        throw error instanceof VaultRefusal ? readRefused(error, plan, config.role) : error;
      },
    );
    answers.set(plan.url, answer);
    return answer;
  }

  return {
    identity: identityText(config, deps),
    place: client.place,
    async connect(signal) {
      tokenLife = await login(client, config, deps, signal);
    },
    read,
  };
}

function identityText({ role, audience, namespace }: VaultStore, { identity }: ProviderDeps): string {
  const parts = [`service account ${identity.namespace}/${identity.serviceAccount}`, `role ${role}`];
  if (audience !== undefined) parts.push(`audience ${audience}`);
  if (namespace !== undefined) parts.push(`Vault namespace ${namespace}`);
  return parts.join(', ');
}
