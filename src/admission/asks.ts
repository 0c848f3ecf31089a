import { ANNOTATION_PREFIX } from '../contract/names.ts';

const SWITCH = `${ANNOTATION_PREFIX}inject`;
const MIRROR = 'kubernetes.io/config.mirror';

export type Annotations = Readonly<Record<string, string>>;

/**
 * Whether a pod asks for secrets. The policies of the chart say the same in CEL, together with the two below
 * (`keyfirst.policies.asks` in templates/_policies.tpl; test/chart/policies.test.ts compares them).
 */
export function asks(annotations: Annotations): boolean {
  return Object.keys(annotations).some(
    (key) => ['file.', 'env.'].some((family) => key.startsWith(ANNOTATION_PREFIX + family)) || key === `${ANNOTATION_PREFIX}secrets`,
  );
}

export function isSwitchedOff(annotations: Annotations): boolean {
  return annotations[SWITCH] === 'false';
}

export function isMirrorPod(annotations: Annotations): boolean {
  return Object.hasOwn(annotations, MIRROR);
}
