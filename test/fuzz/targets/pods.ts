import fc from 'fast-check';
import { mutatePod } from '../../../src/admission/mutate-pod.ts';
import { neededServiceAccount } from '../../../src/admission/service-account.ts';
import { answer } from '../../support/answer.ts';
import { askingForVariables, askingPod } from '../../support/arbitrary-pods.ts';
import { patched } from '../../support/patched.ts';
import { decision, pod } from '../../support/pods.ts';
import { anyAnnotations } from '../generate/annotations.ts';
import { anyJson, misshapen } from '../generate/json.ts';
import { anyText } from '../generate/text.ts';
import { checkMessages, holds, isNamedAfterSecret } from '../laws.ts';
import { target } from '../target.ts';

const settings = decision(undefined, 37);
/** What the API server takes of one warning, and what we give of an answer's message. */
const LONGEST_WARNING = 256;
const MOST_WARNINGS = 16;
export const LONGEST_ANSWER = 8_192;

/** A list with one item, or very many alike: what costs the square of the number shows. */
const crowd = <Item>(item: fc.Arbitrary<Item>, most: number) =>
  fc
    .tuple(item, fc.integer({ min: 0, max: Math.floor(Math.log2(most)) }))
    .map(([one, power]) => Array.from({ length: 2 ** power }, () => one));

const crowded = fc
  .record({
    annotations: anyAnnotations,
    containers: crowd(
      fc.record({ name: anyText, env: fc.option(crowd(fc.record({ name: anyText, value: anyText }), 64)), volumeMounts: anyJson() }),
      512,
    ),
    volumes: crowd(fc.record({ name: anyText }), 1_024),
    initContainers: fc.option(
      crowd(fc.record({ name: fc.oneof(fc.constantFrom('keyfirst-init', 'keyfirst-check', 'istio-proxy'), anyText) }), 64),
    ),
  })
  .map(({ annotations, ...spec }) => ({ metadata: { annotations }, spec }));

export const pods = target({
  name: 'pod',
  parses: 'a pod, whole: identity, annotations, plan, patch, answer',
  share: 30,
  inputs: fc.oneof<fc.MaybeWeightedArbitrary<unknown>[]>(
    { weight: 80, arbitrary: misshapen(fc.oneof(askingPod, askingForVariables)) },
    { weight: 60, arbitrary: anyAnnotations.map((annotations) => pod(annotations)) },
    {
      weight: 40,
      arbitrary: fc
        .tuple(askingForVariables, anyAnnotations)
        .map(([one, more]) => ({ ...one, metadata: { annotations: { ...one.metadata?.annotations, ...more } } })),
    },
    { weight: 1, arbitrary: crowded },
    { weight: 20, arbitrary: anyJson() },
  ),
  run(input) {
    neededServiceAccount(input, settings.annotations.stores);
    const outcome = mutatePod(input, 'shop', settings);
    const { response } = answer('b1f3', outcome);
    const { metadata } = (input ?? {}) as { metadata?: { annotations?: Record<string, unknown> | null } | null };
    if (isNamedAfterSecret(metadata?.annotations ?? {})) return;
    checkMessages([response.status?.message.replaceAll('\n', ' ') ?? ''], { length: LONGEST_ANSWER });
    checkMessages(response.warnings ?? [], { count: MOST_WARNINGS, length: LONGEST_WARNING });
    if (outcome.kind !== 'inject') return;
    holds(
      outcome.patch.every(({ op }) => op === 'add'),
      'a patch does more than add',
    );
    // Throws when an operation does not fit.
    patched(input as Parameters<typeof patched>[0], outcome);
  },
});
