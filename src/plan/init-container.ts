import { CONFIG_VARIABLE, INIT_CONTAINER, SECRETS_DIRECTORY, SECRETS_VOLUME } from '../contract/names.ts';
import type { JsonObject } from './injection-plan.ts';
import type { Ownership } from './ownership.ts';

/** Exit code of the injector that is worth another try; see docs/exit-codes.md. */
const TRY_AGAIN = 75;

export interface InitContainerInput {
  readonly image: string;
  readonly pullPolicy: string | undefined;
  /** `KEYFIRST_CONFIG`. */
  readonly config: string;
  readonly ownership: Ownership;
  readonly resources: JsonObject | undefined;
  readonly mounts: readonly JsonObject[];
  /** A `restartPolicy: Never` pod on a cluster that knows container restart rules. */
  readonly restartRule: boolean;
}

/** Our init container: passes `restricted` Pod Security on its own, whatever the pod's security context says. */
export function buildInitContainer({
  image,
  pullPolicy,
  config,
  ownership,
  resources,
  mounts,
  restartRule,
}: InitContainerInput): JsonObject {
  return {
    name: INIT_CONTAINER,
    image,
    ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
    env: [{ name: CONFIG_VARIABLE, value: config }],
    ...(resources === undefined ? {} : { resources }),
    ...(restartRule
      ? { restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [TRY_AGAIN] } }] }
      : {}),
    securityContext: securityContext(ownership),
    volumeMounts: [{ name: SECRETS_VOLUME, mountPath: SECRETS_DIRECTORY }, ...mounts],
  };
}

/** Least rights, under whatever the pod's own security context says. */
export function securityContext({ user, group }: Pick<Ownership, 'user' | 'group'>): JsonObject {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    ...(user === undefined ? {} : { runAsUser: user }),
    ...(group === undefined ? {} : { runAsGroup: group }),
    seccompProfile: { type: 'RuntimeDefault' },
  };
}
