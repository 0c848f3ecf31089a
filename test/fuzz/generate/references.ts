import fc from 'fast-check';
import { PROVIDERS } from '../../../src/contract/provider.ts';
import { FAMILIES } from '../../../src/stores/families.ts';
import { CANARY } from '../laws.ts';
import { anyText, damaged, repeated } from './text.ts';

const EXAMPLES = [
  ...Object.values(FAMILIES).map(({ example }) => example),
  'vault://secret/shop/db#password',
  'azure-kv://shop-vault/site?type=certificate',
  'aws-sm://arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/db-AbCdEf?version-stage=AWSPREVIOUS',
  'aws-ssm:///shop/',
  'gcp-sm://projects/shop/locations/europe-west3/secrets/db/versions/3',
  'pulumi-esc://acme/shop/prod@3#db.password',
  'mine://a/b?version=1&type=key#"a b".c[?d==`1`]',
];

export const validReference: fc.Arbitrary<string> = fc.constantFrom(...EXAMPLES);

/** By the grammar, with hostile parts. */
const built = fc
  .record({
    store: fc.oneof(fc.constantFrom<string>(...PROVIDERS, 'mine', '__proto__', 'constructor', 'aws'), anyText),
    path: fc.array(anyText, { maxLength: 5 }).map((parts) => parts.join('/')),
    query: fc.option(
      fc.array(fc.tuple(fc.oneof(fc.constantFrom('version', 'type', '__proto__', 'label'), anyText), anyText), { maxLength: 4 }),
    ),
    property: fc.option(anyText),
  })
  .map(
    ({ store, path, query, property }) =>
      `${store}://${path}${query === null ? '' : `?${query.map(([name, value]) => `${name}=${value}`).join('&')}`}${property === null ? '' : `#${property}`}`,
  );

/** References, damaged ones, and what people paste in their place, which holds the canary. */
export const anyReference: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: validReference },
  { weight: 4, arbitrary: damaged(validReference) },
  { weight: 3, arbitrary: built },
  { weight: 2, arbitrary: anyText.map((text) => CANARY + text) },
  { weight: 1, arbitrary: anyText.map((text) => `postgres://app:${CANARY}@db/${text}`) },
  { weight: 1, arbitrary: repeated(4_096) },
);
