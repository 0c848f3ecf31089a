import { BatchGetSecretValueCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsSmStore } from '../../../src/contract/provider.ts';
import { openAws, type Reader, type RegionContext } from '../aws/open.ts';
import type { Environment } from '../aws/region.ts';
import { serviceError } from '../aws/service-error.ts';
import type { ProviderDeps, Store } from '../provider.ts';
import { secretMeaning } from './meaning.ts';
import { parseSecret, type SecretRequest, secretText } from './reference.ts';
import { secretRead } from './value.ts';

/** Most secrets of one `BatchGetSecretValue`. */
const BATCH = 20;

/** AWS Secrets Manager: a secret by name or ARN, text or bytes; several of their newest versions come in one batch. */
export async function openAwsSm(config: AwsSmStore, deps: ProviderDeps, env: Environment = process.env): Promise<Store> {
  return openAws(config, deps, env, {
    name: 'AWS Secrets Manager',
    endpointsOf: (client) => client.config.endpointProvider,
    createClient: (options) => new SecretsManagerClient(options),
    createReader,
    parse: parseSecret,
    batchSize: BATCH,
    // A batch gives the current versions only.
    inBatch: ({ versionId, versionStage }) => versionId === undefined && versionStage === undefined,
  });
}

function createReader({ client, place }: RegionContext<SecretsManagerClient>): Reader<SecretRequest> {
  /** A role may be allowed to read each secret, and yet not `secretsmanager:BatchGetSecretValue`. */
  let mayBatch = true;

  return {
    async one(request, signal) {
      const { id, versionId, versionStage } = request;
      const command = new GetSecretValueCommand({ SecretId: id, VersionId: versionId, VersionStage: versionStage });
      try {
        return secretRead(await client.send(command, { abortSignal: signal }), place);
      } catch (error) {
        const own = secretMeaning(request);
        throw serviceError(error, { place, what: secretText(request), permission: 'secretsmanager:GetSecretValue', own });
      }
    },
    async many(requests, signal) {
      if (!mayBatch) return [];
      const ids = [...new Set(requests.map(({ id }) => id))];
      try {
        const command = new BatchGetSecretValueCommand({ SecretIdList: ids });
        const { SecretValues = [] } = await client.send(command, { abortSignal: signal });
        // What has an error of its own is missing here; the single read that follows gives it in full.
        return requests.map(({ id }) => {
          const entry = SecretValues.find(({ Name, ARN }) => id === Name || id === ARN);
          return entry === undefined ? undefined : secretRead(entry, place);
        });
      } catch (error) {
        const own = () => undefined;
        const permission = 'secretsmanager:BatchGetSecretValue';
        const failure = serviceError(error, { place, what: 'several secrets', permission, own });
        if (failure.code === 'denied') mayBatch = false;
        throw failure;
      }
    },
  };
}
