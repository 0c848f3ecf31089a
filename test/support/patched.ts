import jsonpatch from 'fast-json-patch';
import type { Decision } from '../../src/admission/decide.ts';
import type { Pod } from '../../src/plan/pod.ts';

const { applyPatch } = jsonpatch;

/** The pod after the patch of an injection, applied by a library with validation on; the input stays as it was. */
export function patched(pod: Pod, decision: Decision): Pod {
  if (decision.kind !== 'inject') throw new Error(`not injected: ${JSON.stringify(decision)}`);
  return applyPatch(structuredClone(pod), structuredClone(decision.patch), true).newDocument;
}

/** The pod with everything removed that bears a name of ours: the inverse of an injection, written independently of it. */
export function withoutOurs(pod: Pod): Pod {
  const copy = JSON.parse(JSON.stringify(pod));
  const isOurs = ({ name }: { name: string }) => name.startsWith('keyfirst-');
  const strip = (owner: Record<string, { name: string }[]>, list: string) => {
    const items = owner[list];
    if (!Array.isArray(items)) return;
    owner[list] = items.filter((item) => !isOurs(item));
    if (owner[list].length === 0) delete owner[list];
  };
  strip(copy.spec, 'volumes');
  strip(copy.spec, 'initContainers');
  for (const container of [...copy.spec.containers, ...(copy.spec.initContainers ?? [])]) {
    strip(container, 'volumeMounts');
    if (container.command?.[0]?.endsWith('/.keyfirst/exec')) container.command.splice(0, 2);
    const env = container.env?.filter(
      ({ valueFrom }: { valueFrom?: { fileKeyRef?: { volumeName: string } } }) => valueFrom?.fileKeyRef?.volumeName !== 'keyfirst-env',
    );
    if (env?.length === 0) delete container.env;
    else if (env !== undefined) container.env = env;
  }
  delete copy.metadata.annotations['keyfirst.dev/status'];
  return copy;
}
