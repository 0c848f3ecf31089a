import type { AzureKvStore } from '../../../src/contract/provider.ts';
import { extraCa } from '../extra-ca.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { VaultRefusal } from './answer.ts';
import { createClients } from './clients.ts';
import { cloudOf } from './clouds.ts';
import { createEntra } from './entra.ts';
import { readTarget } from './read.ts';
import { readRefused } from './read-refused.ts';
import { parseTarget, type Target } from './target.ts';
import { DEFAULT_AUDIENCE } from './token-file.ts';
import { createTransport } from './transport.ts';

/** Azure Key Vault by workload identity federation: secrets, certificates and public keys of any vault that the identity may read. */
export async function openAzureKv(config: AzureKvStore, deps: ProviderDeps): Promise<Store> {
  const cloud = cloudOf(config);
  const send = createTransport(await extraCa(config.caDirectory, deps.root), deps.connections);
  const entra = createEntra(config, cloud, deps, send);
  const clientsOf = createClients(cloud, config.tenantId, entra, send);
  /** Two spellings of one object share one answer, hence one version. */
  const answers = new Map<string, Promise<SecretRead>>();

  async function ask(target: Target, signal: AbortSignal): Promise<SecretRead> {
    const clients = clientsOf(target.vault);
    try {
      return await readTarget(clients, target, signal);
    } catch (error) {
      answers.delete(target.id);
      throw explain(error, target, clients.place, config);
    }
  }

  return {
    identity: identityText(config, deps),
    place: config.endpoint === undefined ? 'Azure Key Vault' : `Azure Key Vault at ${cloud.endpoint}`,
    async connect(signal) {
      await entra.token(signal);
    },
    async read(path, parameters, signal) {
      const target = parseTarget(path, parameters);
      const answer = answers.get(target.id) ?? ask(target, signal);
      answers.set(target.id, answer);
      return answer;
    },
  };
}

/** The SDK's errors quote answers and requests, so none is kept as a cause. */
function explain(error: unknown, target: Target, place: string, config: AzureKvStore): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof VaultRefusal) return readRefused(error, target, place, config);
  if (error instanceof Error && error.name === 'AbortError') {
    return new ProviderError('unreachable', `no answer from ${place} in time`, {
      remedy: 'Check the network policies and the firewall between this namespace and Azure (port 443).',
    });
  }
  return new ProviderError('protocol', `the answer of ${place} for ${target.text} is not one of Key Vault's`, {
    remedy: 'Check the setting `endpoint`: it must be the base URL of the vault.',
  });
}

function identityText({ clientId, tenantId, audience = DEFAULT_AUDIENCE }: AzureKvStore, { identity }: ProviderDeps): string {
  return `service account ${identity.namespace}/${identity.serviceAccount}, client ${clientId}, tenant ${tenantId}, audience ${audience}`;
}
