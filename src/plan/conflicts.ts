import type { RequestedVariables } from '../annotations/request.ts';
import type { Issue } from '../issues/issue.ts';
import type { Claim, Setter } from './claims.ts';
import type { Delivery, DeliverySettings } from './delivery.ts';
import type { ContainerPlace } from './injection-plan.ts';
import type { UsedEarly } from './used-early.ts';

/** Variables that the container sets itself, or uses where only the kubelet's own would be seen. */
export function conflicts(
  claims: readonly Claim[],
  { replaced }: UsedEarly,
  setter: Setter,
  delivery: Delivery,
  place: ContainerPlace,
  { fileKeyRef }: DeliverySettings,
): Issue[] {
  const own = claims.filter(({ state }) => delivery === 'exec' || state === 'own');
  const byKubelet = fileKeyRef ? 'set keyfirst.dev/env-delivery: file-key-ref, or ' : '';
  return [
    ...own.map(({ name, entry }) =>
      problem(
        entry,
        place,
        `sets the variable \`${name}\` itself; remove it there, or leave this container out with \`containers\` in the list`,
      ),
    ),
    ...(delivery === 'exec' ? replaced : []).map((name) =>
      problem(
        setter(name),
        place,
        `uses \`$(${name})\`, which Kubernetes replaces before the wrapper sets it; ${byKubelet}let a shell expand it (\`\${${name}}\`)`,
      ),
    ),
  ];
}

/** What is wrong with an entry in one container. */
export function problem(entry: RequestedVariables | undefined, { list, name }: ContainerPlace, message: string): Issue {
  return {
    reason: 'invalid-annotation',
    key: entry?.key ?? '',
    message: `${list === 'containers' ? 'the container' : 'the init container'} \`${name}\` ${message}`,
  };
}
