import { parseArn } from '../aws/arn.ts';
import { ProviderError } from '../provider-error.ts';

const EXAMPLE = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/db-AbCdEf';
const PARAMETERS = ['version', 'version-id', 'version-stage'];

/** One secret to read: `SecretId` as AWS takes it, and what chooses the version. */
export interface SecretRequest {
  readonly id: string;
  /** That of the ARN; undefined for a plain name. */
  readonly region: string | undefined;
  readonly versionId: string | undefined;
  readonly versionStage: string | undefined;
}

/** Reads path and parameters of a reference. Throws a `ProviderError` of code `invalid`. */
export function parseSecret(path: string, parameters: ReadonlyMap<string, string>): SecretRequest {
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw new ProviderError('invalid', `Secrets Manager takes no parameter \`${name}\``, {
        remedy: 'The parameters are `version-id` (or `version`) and `version-stage`.',
      });
    }
  }
  const version = parameters.get('version');
  const versionId = parameters.get('version-id');
  if (version !== undefined && versionId !== undefined) {
    throw new ProviderError('invalid', '`version` and `version-id` say the same', { remedy: 'Keep one of them.' });
  }
  const arn = parseArn(path, 'secretsmanager', EXAMPLE);
  if (arn !== undefined && !arn.resource.startsWith('secret:')) {
    throw new ProviderError('invalid', 'the ARN is not that of a secret', { remedy: `Write it like \`${EXAMPLE}\`.` });
  }
  return { id: path, region: arn?.region, versionId: versionId ?? version, versionStage: parameters.get('version-stage') };
}

/** For messages. */
export function secretText({ id, versionId, versionStage }: SecretRequest): string {
  if (versionId !== undefined) return `version ${versionId} of the secret ${id}`;
  return versionStage === undefined ? `the secret ${id}` : `the version labelled ${versionStage} of the secret ${id}`;
}
