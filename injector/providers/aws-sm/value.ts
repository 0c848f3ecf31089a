import { Redacted } from '../../../src/common/redacted.ts';
import type { SecretRead } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';

/** The part of an answer that holds a secret; the same in single answers and in a batch. */
export interface SecretEntry {
  readonly Name?: string | undefined;
  readonly ARN?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/** `SecretString` is text, `SecretBinary` bytes. */
export function secretRead({ VersionId, SecretString, SecretBinary }: SecretEntry, place: string): SecretRead {
  if (SecretString !== undefined) return { value: new Redacted({ kind: 'text', text: SecretString }), version: VersionId };
  if (SecretBinary !== undefined) return { value: new Redacted({ kind: 'bytes', bytes: SecretBinary }), version: VersionId };
  throw new ProviderError('protocol', `the answer of ${place} holds no value`, {
    status: 200,
    remedy: 'Check the setting `endpoint`, and proxies between the pod and AWS.',
  });
}
