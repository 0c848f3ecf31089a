import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { inject } from '../../../../src/cli/inject.ts';
import { decisionSettings } from '../../../../src/config/decision-settings.ts';
import { parseSettings } from '../../../../src/config/settings.ts';
import { askingForVariables, askingPod } from '../../../support/arbitrary-pods.ts';

const settings = parseSettings('devStore: true\nstores: {vault: {address: "https://vault:8200", role: shop}}');
if (!settings.ok) throw new Error('the settings of the test are wrong');
const decision = decisionSettings(settings.settings, { minor: 37 });
const anyPod = fc.oneof(askingPod, askingForVariables);
/** For slow machines; the laws are not about speed. */
const TIMEOUT = 120_000;
const options = { decision, namespace: 'default', serviceAccounts: true };

/** The same values in the many ways in which people and tools write them. */
const written = (value: unknown) =>
  fc.oneof(
    fc
      .record({
        indent: fc.constantFrom(2, 4),
        indentSeq: fc.boolean(),
        lineWidth: fc.constantFrom(0, 80),
        defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'BLOCK_LITERAL' as const),
        collectionStyle: fc.constantFrom('any' as const, 'flow' as const),
        aliasDuplicateObjects: fc.boolean(),
      })
      .map((style) => stringify(value, { ...style, version: '1.1' })),
    fc.constantFrom(undefined, 1, 2, '\t').map((indent) => `${JSON.stringify(value, null, indent)}\n`),
  );

const read = (text: string) => parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS());

const bystander = fc.constantFrom(
  'kind:   ConfigMap # x\ndata: {a: 0644, b: 1.50, c:   yes}\n',
  '# only a comment\n',
  'kind: Pod\nspec:\n    containers:\n    -   name: plain\n',
  'text: |+\n  keeps\n\n\n',
  '{"kind":"Service",\t"spec":{"port":1e3}}\n',
);

describe('laws of keyfirst inject', () => {
  it(
    'gives exactly the pod that the webhook would give, however it is written',
    () => {
      fc.assert(
        fc.property(
          anyPod.chain((pod) => fc.tuple(fc.constant(pod), written(pod))),
          ([pod, text]) => {
            // The library's writer folds some long texts wrongly.
            fc.pre(isDeepStrictEqual(read(text), [structuredClone(pod)]));
            const { output, problems } = inject([{ name: 'pod', text }], options);
            const decided = mutatePod(pod, 'default', decision);

            if (decided.kind === 'reject') return expect(problems).toHaveLength(decided.issues.length);
            expect(problems).toEqual([]);
            const patch = decided.kind === 'inject' ? decided.patch : [];
            expect(read(output)).toEqual([jsonPatch.applyPatch(structuredClone(pod), structuredClone(patch)).newDocument]);
          },
        ),
        { numRuns: 120 },
      );
    },
    TIMEOUT,
  );

  it(
    'keeps every byte of the documents around it',
    () => {
      fc.assert(
        fc.property(
          fc.array(bystander, { maxLength: 3 }),
          anyPod.chain((pod) => written(pod)),
          fc.array(bystander, { maxLength: 3 }),
          (before, pod, after) => {
            const head = before.map((text) => `${text}---\n`).join('');
            const tail = after.map((text) => `---\n${text}`).join('');

            const { output, problems } = inject([{ name: 'all', text: head + pod + tail }], options);

            if (problems.length > 0) return expect(output).toBe('');
            expect(output.startsWith(head)).toBe(true);
            expect(output.endsWith(tail)).toBe(true);
          },
        ),
        { numRuns: 60 },
      );
    },
    TIMEOUT,
  );

  it(
    'changes nothing more when run on its own output',
    () => {
      fc.assert(
        fc.property(
          anyPod.chain((pod) => written(pod)),
          (text) => {
            const once = inject([{ name: 'pod', text }], options).output;

            expect(inject([{ name: 'pod', text: once }], options).output).toBe(once);
          },
        ),
        { numRuns: 60 },
      );
    },
    TIMEOUT,
  );
});
