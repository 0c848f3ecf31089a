import fc from 'fast-check';
import { parseReview } from '../../../src/admission/review.ts';
import { pod, review } from '../../support/pods.ts';
import { anyJson, misshapen, nested } from '../generate/json.ts';
import { damaged } from '../generate/text.ts';
import { CANARY, checkMessages, checkPrototypes } from '../laws.ts';
import { target } from '../target.ts';

const valid = fc.constant(review(pod()));
const text = (arbitrary: fc.Arbitrary<string>) => arbitrary.map((body) => Buffer.from(body));

/** What may come to `POST /mutate`. */
const bodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 60, arbitrary: text(misshapen(valid, fc.oneof(anyJson(), fc.constant(CANARY))).map((json) => JSON.stringify(json) ?? '')) },
  { weight: 30, arbitrary: text(damaged(valid.map((json) => JSON.stringify(json)))) },
  { weight: 1, arbitrary: text(nested) },
  {
    weight: 1,
    arbitrary: text(nested.map((deep) => `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"object":${deep}}}`)),
  },
  { weight: 10, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);

export const reviews = target({
  name: 'review',
  parses: 'the body of a call of the API server',
  share: 80,
  inputs: bodies,
  run(body) {
    const result = parseReview(body);
    if (result.ok) checkPrototypes({ ...result.request, pod: undefined });
    else checkMessages([result.problem], { length: 2_000 });
  },
});
