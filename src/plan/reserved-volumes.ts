import { CA_VOLUME_PREFIX, DEV_VOLUME_PREFIX, ENV_VOLUME, IDENTITY_VOLUME, STATUS_ANNOTATION, WRAPPER_VOLUME } from '../contract/names.ts';
import type { Issue } from '../issues/issue.ts';
import { contains, isRecord } from './contains.ts';
import type { InjectionPlan } from './injection-plan.ts';
import type { Pod, Volume } from './pod.ts';
import { isSameImage } from './same-image.ts';

/** Volumes of the pod that bear a name of ours and are not as we would add them. Nobody else's may, also where this plan needs none. */
export function findReservedVolumes({ spec, metadata }: Pod, plan: InjectionPlan): Issue[] {
  const isAgain = metadata?.annotations?.[STATUS_ANNOTATION] !== undefined;
  const image = typeof plan.initContainer.image === 'string' ? plan.initContainer.image : '';
  return (spec.volumes ?? []).flatMap((volume): Issue[] => {
    const wanted = plan.volumes.find(({ name }) => name === volume.name);
    const isOurs = wanted === undefined ? isAgain && isOfOurKind(volume, image) : contains(volume, withoutSize(wanted));
    if (isOurs || (wanted === undefined && !isReserved(volume.name))) return [];
    const message = 'is a name that Keyfirst reserves; give your volume another name';
    return [{ reason: 'reserved-name', key: `spec.volumes[${volume.name}]`, message }];
  });
}

function isReserved(name: string): boolean {
  const names = [IDENTITY_VOLUME, ENV_VOLUME, WRAPPER_VOLUME];
  return names.includes(name) || [CA_VOLUME_PREFIX, DEV_VOLUME_PREFIX].some((prefix) => name.startsWith(prefix));
}

/** What a replica of another release or other settings may have added a moment ago. */
function isOfOurKind(volume: Volume, image: string): boolean {
  if (volume.name === WRAPPER_VOLUME) return isRecord(volume.image) && isSameImage(String(volume.image.reference), image);
  return [CA_VOLUME_PREFIX, DEV_VOLUME_PREFIX].some((prefix) => volume.name.startsWith(prefix)) && isRecord(volume.configMap);
}

/** The API server may write a quantity in another form, and another party may rightly change the size. */
function withoutSize(volume: { readonly [key: string]: unknown }): unknown {
  return JSON.parse(JSON.stringify(volume, (key, value) => (key === 'sizeLimit' ? undefined : value)));
}
