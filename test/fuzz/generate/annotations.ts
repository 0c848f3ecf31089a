import fc from 'fast-check';
import { FAMILIES, KEYS } from '../../../src/annotations/keys.ts';
import { FAMILIES as STORES } from '../../../src/stores/families.ts';
import { mapOf } from './json.ts';
import { anyReference } from './references.ts';
import { anyText, damaged, repeated } from './text.ts';
import { anyList } from './yaml.ts';

const settingKeys = Object.entries(STORES).flatMap(([store, { settings }]) =>
  Object.keys(settings).map((setting) => `store.${store}.${setting}`),
);
const examples = Object.values({ ...KEYS, ...FAMILIES }).map(({ example }) => example);

const names = fc.oneof(
  fc.constantFrom(...Object.keys(KEYS), ...settingKeys, 'secrets', 'refresh', 'status'),
  damaged(fc.constantFrom(...Object.keys(KEYS), ...settingKeys)),
  anyText.map((name) => `file.${name}`),
  anyText.map((name) => `env.${name}`),
  fc
    .tuple(fc.constantFrom('mine', '__proto__', 'vault', 'aws', 'constructor'), anyText)
    .map(([store, setting]) => `store.${store}.${setting}`),
  anyText,
);

/** One annotation of ours; only a value where a reference belongs may hold the canary. */
const one = names.chain((name) => {
  const key = `keyfirst.dev/${name}`;
  if (name === 'secrets') return anyList(2_000).map((value): [string, string] => [key, value]);
  if (name.startsWith('file.') || name.startsWith('env.')) return anyReference.map((value): [string, string] => [key, value]);
  return fc
    .oneof(fc.constantFrom(...examples), damaged(fc.constantFrom(...examples)), anyText, repeated(2_048))
    .map((value): [string, string] => [key, value]);
});

/** Many of one family: as many as a pod may have, and more. */
const many = fc
  .tuple(
    fc.constantFrom<(index: number) => [string, string]>(
      (index) => [`keyfirst.dev/file.f${index}`, 'vault://secret/a#b'],
      (index) => [`keyfirst.dev/env.V${index}`, 'vault://secret/a#b'],
      (index) => [`keyfirst.dev/unknwn${index}`, 'x'],
      (index) => [`keyfirst.dev/store.s${index}.provider`, 'vault'],
      (index) => [`keyfirst.dev/store.s${index}.adress`, 'x'],
      (index) => [`keyfirst.dev/file.f${index}`, `s${index}://a/b#c`],
      (index) => [`example.com/${index}`, 'keyfirst.dev'],
    ),
    fc.integer({ min: 4, max: 13 }),
  )
  .map(([make, power]) => Object.fromEntries(Array.from({ length: 2 ** power }, (_, index) => make(index))));

export const anyAnnotations: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 200, arbitrary: fc.array(one, { minLength: 1, maxLength: 5 }).map((entries) => Object.fromEntries(entries)) },
  { weight: 20, arbitrary: mapOf(anyText, anyText, 4) },
  {
    weight: 1,
    arbitrary: fc.tuple(many, fc.array(one, { maxLength: 3 })).map(([crowd, more]) => ({ ...crowd, ...Object.fromEntries(more) })),
  },
);
