import { ProviderError } from '../provider-error.ts';
import { type ParameterRequest, parameterText } from './reference.ts';

/** What Parameter Store's own error names mean for what was asked; undefined for all others. `words` are AWS's, ready to append. */
export function parameterMeaning(request: ParameterRequest) {
  return (name: string, _message: string, words: string, status: number | undefined): ProviderError | undefined => {
    if (/^Parameter(Version)?NotFound$/.test(name)) return parameterAbsent(request, words, status);
    if (name === 'InvalidKeyId' || /^KMS|DisabledException$/.test(name)) {
      return new ProviderError('denied', `${parameterText(request)} cannot be decrypted${words}`, {
        status,
        remedy: 'Look at the state of its KMS key: `aws kms describe-key` must say Enabled, and the role needs `kms:Decrypt` on it.',
      });
    }
    return undefined;
  };
}

/** Nothing of that name, version or label. */
export function parameterAbsent(request: ParameterRequest, words: string, status: number | undefined): ProviderError {
  const { name, selector, tree } = request;
  if (tree) {
    return new ProviderError('not-found', `there are no parameters below ${name}`, {
      status,
      remedy: `Check path, account and region: \`aws ssm get-parameters-by-path --recursive --path ${name}\` must show some.`,
    });
  }
  const command = selector === '' ? `aws ssm get-parameter --name ${name}` : `aws ssm get-parameter-history --name ${name}`;
  return new ProviderError('not-found', `${parameterText(request)} does not exist${words}`, {
    status,
    remedy: `Check name, account and region: \`${command}\` must show it.`,
  });
}
