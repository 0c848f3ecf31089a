import { CHECK_CONTAINER, CHECK_VARIABLE, ENV_VOLUME } from '../contract/names.ts';
import type { InitContainerInput } from './init-container.ts';
import { securityContext } from './init-container.ts';
import type { CheckContainer } from './injection-plan.ts';

/** In the injector's image. */
const PROGRAM = '/app/bin/keyfirst-check';

/**
 * The proof that this pod's kubelet reads `fileKeyRef`: one that is too old, or has its gate off, ignores the field and would
 * start the app with an empty variable. This container takes such a variable itself and fails when it is empty. The
 * variable is no secret; the container mounts nothing.
 */
export function buildCheckContainer({
  image,
  pullPolicy,
  ownership,
  resources,
}: Pick<InitContainerInput, 'image' | 'pullPolicy' | 'ownership' | 'resources'>): CheckContainer {
  return {
    name: CHECK_CONTAINER,
    image,
    ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
    command: [PROGRAM],
    env: [{ name: CHECK_VARIABLE, valueFrom: { fileKeyRef: { volumeName: ENV_VOLUME, path: CHECK_VARIABLE, key: CHECK_VARIABLE } } }],
    ...(resources === undefined ? {} : { resources }),
    securityContext: securityContext(ownership),
    // What it prints is what the pod's status says.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}
