import { ProviderError } from '../provider-error.ts';
import { type SecretRequest, secretText } from './reference.ts';

/** What Secrets Manager's own error names mean for the secret; undefined for all others. `words` are AWS's, ready to append. */
export function secretMeaning(request: SecretRequest) {
  const what = secretText(request);
  return (name: string, message: string, words: string, status: number | undefined): ProviderError | undefined => {
    const chosen = request.versionId !== undefined || request.versionStage !== undefined;
    if (name === 'ResourceNotFoundException') {
      return new ProviderError('not-found', `${what} does not exist${words}`, {
        status,
        remedy: chosen
          ? `\`aws secretsmanager list-secret-version-ids --secret-id ${request.id}\` shows the versions and stages that are there.`
          : `Check name, account and region: \`aws secretsmanager describe-secret --secret-id ${request.id}\` must show it, with a version of stage AWSCURRENT.`,
      });
    }
    if (name === 'InvalidRequestException' && /delet/i.test(message)) {
      return new ProviderError('not-found', `the secret ${request.id} is scheduled for deletion${words}`, {
        status,
        remedy: `Bring it back with \`aws secretsmanager restore-secret --secret-id ${request.id}\`, or name another secret.`,
      });
    }
    if (name === 'DecryptionFailure' || (name === 'InvalidRequestException' && /\bkms\b|\bkey\b/i.test(message))) {
      return new ProviderError('denied', `${what} cannot be decrypted${words}`, {
        status,
        remedy:
          'Look at the state of its KMS key: `aws kms describe-key` must say Enabled. The role needs `kms:Decrypt` on it; a secret of another ' +
          'account must use a customer managed key.',
      });
    }
    return undefined;
  };
}
