import type { DecisionSettings } from '../admission/decide.ts';
import type { rememberDecisions } from '../admission/remember-decisions.ts';
import { neededServiceAccount } from '../admission/service-account.ts';
import { type Verdict, verdictOf } from '../admission/verdict.ts';
import { errorLine } from '../common/errors.ts';

/** Identity annotations of ServiceAccounts; rejects when one cannot be read in time. */
export interface AccountReader {
  annotations(namespace: string, name: string): Promise<Readonly<Record<string, string>>>;
}

/**
 * `mutate`'s verdict with the identity of the pod's ServiceAccount where a store may need it: the one look outside during an
 * admission. If it fails the pod is refused: going on without could pick another identity in silence.
 */
export async function admit(
  pod: unknown,
  namespace: string,
  settings: DecisionSettings,
  accounts: AccountReader | undefined,
  mutate: ReturnType<typeof rememberDecisions>,
): Promise<Verdict> {
  const name = accounts === undefined ? undefined : neededServiceAccount(pod, settings.annotations.stores);
  if (accounts === undefined || name === undefined) return mutate(pod, namespace, settings);
  let account: Readonly<Record<string, string>>;
  try {
    account = await accounts.annotations(namespace, name);
  } catch (error) {
    const message = `the ServiceAccount \`${namespace}/${name}\` could not be read (${errorLine(error)}); create the pod again, or set its identity by annotation`;
    return verdictOf({ kind: 'reject', issues: [{ reason: 'identity-unknown', key: 'spec.serviceAccountName', message }] });
  }
  return mutate(pod, namespace, settings, account);
}
