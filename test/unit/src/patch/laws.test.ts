import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import type { Pod } from '../../../../src/plan/pod.ts';
import { askingForVariables, askingPod } from '../../../support/arbitrary-pods.ts';
import { patched, withoutOurs } from '../../../support/patched.ts';
import { decision as settings } from '../../../support/pods.ts';

const mutate = (pod: unknown, minor = 37) => mutatePod(pod, 'shop', settings(undefined, minor));
const runs = { numRuns: 500 };

/** What the API server's defaulting does to our pieces between two admissions. */
function defaulted(pod: Pod): Pod {
  const copy = structuredClone(pod) as {
    spec: { initContainers?: Record<string, unknown>[]; volumes?: Record<string, Record<string, unknown>>[] };
  };
  for (const container of copy.spec.initContainers ?? []) {
    Object.assign(container, {
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'IfNotPresent',
    });
    const token = { name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true };
    container.volumeMounts = [...((container.volumeMounts as object[] | undefined) ?? []), token];
  }
  for (const volume of copy.spec.volumes ?? []) if (volume.projected) volume.projected.defaultMode = 420;
  return copy as unknown as Pod;
}

describe('the laws of the patch', () => {
  it('applies cleanly and only adds', () => {
    fc.assert(
      fc.property(fc.oneof(askingPod, askingForVariables), (pod) => {
        const decision = mutate(pod);

        if (decision.kind !== 'inject') throw new Error(JSON.stringify(decision));
        expect(decision.patch.every(({ op }) => op === 'add')).toBe(true);
        expect(() => patched(pod, decision)).not.toThrow();
      }),
      runs,
    );
  });

  it('twice equals once, also after the API server filled in defaults', () => {
    fc.assert(
      fc.property(fc.oneof(askingPod, askingForVariables), (pod) => {
        const once = patched(pod, mutate(pod));

        expect(mutate(once)).toEqual({ kind: 'skip', reason: 'already-complete' });
        expect(mutate(defaulted(once))).toEqual({ kind: 'skip', reason: 'already-complete' });
      }),
      runs,
    );
  });

  it('removing what was added restores the pod, byte for byte', () => {
    fc.assert(
      fc.property(fc.oneof(askingPod, askingForVariables), (pod) => {
        const plain = JSON.stringify(withEmptyListsDropped(pod));

        expect(JSON.stringify(withoutOurs(patched(pod, mutate(pod))))).toBe(plain);
      }),
      runs,
    );
  });

  it('never changes its input, and gives the same answer again', () => {
    fc.assert(
      fc.property(fc.oneof(askingPod, askingForVariables), (pod) => {
        const before = JSON.stringify(pod);

        expect(mutate(pod)).toEqual(mutate(pod));
        expect(JSON.stringify(pod)).toBe(before);
      }),
      runs,
    );
  });

  it('gives a container that arrives later its mount if it can read the files, and nothing else again', () => {
    fc.assert(
      fc.property(askingPod, (pod) => {
        const once = patched(pod, mutate(pod));
        once.spec.containers.push({ name: 'late', image: 'late:1' });
        const { modes, writer } = writtenBy(once);
        const { runAsUser, fsGroup } = once.spec.securityContext ?? {};
        const readable = modes.every((mode) => mode === 0o444 || (mode === 0o440 && fsGroup != null) || runAsUser === writer);

        const second = mutate(once);

        if (second.kind === 'reject') throw new Error(JSON.stringify(second));
        const paths = second.kind === 'inject' ? second.patch.map(({ path }) => path) : [];
        expect(paths).toEqual(readable ? [`/spec/containers/${once.spec.containers.length - 1}/volumeMounts`] : []);
      }),
      runs,
    );
  });

  it('gives every container each variable once, before its own, and takes nothing from it', () => {
    fc.assert(
      fc.property(askingForVariables, (pod) => {
        const after = patched(pod, mutate(pod));
        const wanted = Object.keys(pod.metadata?.annotations ?? {}).flatMap((key) => /^keyfirst\.dev\/env\.(.*)/.exec(key)?.[1] ?? []);
        const before = new Map(
          [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((container) => [container.name, container]),
        );

        for (const container of after.spec.containers.filter(({ name }) => name !== 'istio-proxy')) {
          const wrapped = container.command?.[0]?.endsWith('/.keyfirst/exec') === true;
          const own = before.get(container.name)?.env ?? [];
          const names = container.env?.map(({ name }) => name) ?? [];
          expect(names).toEqual(wrapped ? own.map(({ name }) => name) : [...wanted, ...own.map(({ name }) => name)]);
        }
      }),
      runs,
    );
  });

  it('mends variables that another webhook has stripped of their source', () => {
    fc.assert(
      fc.property(askingForVariables, fc.boolean(), (pod, wholly) => {
        const once = patched(pod, mutate(pod));
        const stripped = structuredClone(once);
        for (const { env } of [...stripped.spec.containers, ...(stripped.spec.initContainers ?? [])]) {
          for (const variable of env ?? []) {
            if (variable.valueFrom === undefined) continue;
            if (wholly) delete variable.valueFrom;
            else variable.valueFrom = {};
          }
        }

        const again = mutate(stripped);

        expect(again.kind === 'inject' ? patched(stripped, again) : stripped).toEqual(once);
      }),
      runs,
    );
  });

  it('every chosen container can read each file under the mode it gets', () => {
    fc.assert(
      fc.property(askingPod, (pod) => {
        const after = patched(pod, mutate(pod));
        const { modes, writer } = writtenBy(after);
        const readers = [...after.spec.containers, ...(after.spec.initContainers ?? [])].filter(
          ({ name, volumeMounts }) => name !== 'keyfirst-init' && volumeMounts?.some((mount) => mount.name === 'keyfirst-secrets'),
        );

        const decision = mutate(pod);
        expect(readers).toHaveLength(decision.kind === 'inject' ? decision.plan.consumers.length : -1);
        for (const mode of modes) {
          for (const reader of readers) {
            const user = reader.securityContext?.runAsUser ?? after.spec.securityContext?.runAsUser;
            const readable =
              mode === 0o444 || (mode === 0o440 && after.spec.securityContext?.fsGroup != null) || (mode === 0o400 && user === writer);
            expect(readable, `${reader.name} ${mode.toString(8)}`).toBe(true);
          }
        }
      }),
      runs,
    );
  });
});

/** Our inverse drops lists that it empties; a list that was empty before is no business of ours, so both sides lose it. */
function withEmptyListsDropped(pod: Pod): Pod {
  return withoutOurs({ ...structuredClone(pod), metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations } } });
}

/** The modes of the files that our container writes, and as which user. */
function writtenBy(pod: Pod): { modes: number[]; writer: number | null | undefined } {
  const ours = pod.spec.initContainers?.find(({ name }) => name === 'keyfirst-init');
  const { secrets } = JSON.parse(ours?.env?.[0]?.value ?? '') as { secrets: { mode: number }[] };
  return { modes: secrets.map(({ mode }) => mode), writer: ours?.securityContext?.runAsUser };
}
