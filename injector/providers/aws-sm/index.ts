import { BatchGetSecretValueCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsSmStore } from '../../../src/contract/provider.ts';
import { createBatches } from '../aws/batches.ts';
import { openAws, type RegionContext } from '../aws/open.ts';
import type { Environment } from '../aws/region.ts';
import { serviceError } from '../aws/service-error.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { secretMeaning } from './meaning.ts';
import { parseSecret, type SecretRequest, secretText } from './reference.ts';
import { secretRead } from './value.ts';

/** Most secrets of one `BatchGetSecretValue`. */
const BATCH = 20;

/** AWS Secrets Manager: a secret by name or ARN, text or bytes; those of one tick come in batches. */
export async function openAwsSm(config: AwsSmStore, deps: ProviderDeps, env: Environment = process.env): Promise<Store> {
  return openAws(config, deps, env, {
    name: 'AWS Secrets Manager',
    endpointsOf: (client) => client.config.endpointProvider,
    createClient: (options) => new SecretsManagerClient(options),
    createReader,
    parse: parseSecret,
  });
}

function createReader({ client, place }: RegionContext<SecretsManagerClient>) {
  /** A role may be allowed to read each secret, and yet not `secretsmanager:BatchGetSecretValue`. */
  let mayBatch = true;

  async function one(request: SecretRequest, signal: AbortSignal): Promise<SecretRead> {
    const { id, versionId, versionStage } = request;
    const command = new GetSecretValueCommand({ SecretId: id, VersionId: versionId, VersionStage: versionStage });
    try {
      return secretRead(await client.send(command, { abortSignal: signal }), place);
    } catch (error) {
      const own = secretMeaning(request);
      throw serviceError(error, { place, what: secretText(request), permission: 'secretsmanager:GetSecretValue', own });
    }
  }

  const batches = createBatches<SecretRequest, SecretRead>({
    size: BATCH,
    id: ({ id }) => id,
    one,
    async many(requests, signal) {
      if (!mayBatch) return new Map();
      const ids = requests.map(({ id }) => id);
      try {
        const command = new BatchGetSecretValueCommand({ SecretIdList: ids });
        const { SecretValues = [] } = await client.send(command, { abortSignal: signal });
        // What has an error of its own is missing here; the single read that follows gives it in full.
        return new Map(
          SecretValues.flatMap((entry) =>
            [entry.Name, entry.ARN].flatMap((id) =>
              id !== undefined && ids.includes(id) ? [[id, secretRead(entry, place)] as const] : [],
            ),
          ),
        );
      } catch (error) {
        const failure = serviceError(error, {
          place,
          what: 'several secrets',
          permission: 'secretsmanager:BatchGetSecretValue',
          own: () => undefined,
        });
        if (failure.code === 'denied') mayBatch = false;
        throw failure;
      }
    },
  });

  const versions = createBatches<SecretRequest, SecretRead>({
    size: 1,
    id: ({ id, versionId, versionStage }) => JSON.stringify([id, versionId, versionStage]),
    one,
    many: async () => new Map(),
  });

  return (request: SecretRequest, signal: AbortSignal) =>
    (request.versionId === undefined && request.versionStage === undefined ? batches : versions)(request, signal);
}
