import fc from 'fast-check';
import { parseSecret } from '../../../injector/providers/aws-sm/reference.ts';
import { parameterText, parseParameter } from '../../../injector/providers/aws-ssm/reference.ts';
import { parseTarget } from '../../../injector/providers/azure-kv/target.ts';
import { parseName as parseGcp } from '../../../injector/providers/gcp-sm/name.ts';
import { ProviderError } from '../../../injector/providers/provider-error.ts';
import { parseName as parsePulumi } from '../../../injector/providers/pulumi-esc/name.ts';
import { cleanPath, encodePath } from '../../../injector/providers/vault/path.ts';
import { checkReference } from '../../../src/annotations/check-reference.ts';
import { parseReference, type Reference } from '../../../src/contract/reference.ts';
import { decision } from '../../support/pods.ts';
import { anyReference } from '../generate/references.ts';
import { checkMessages, holds } from '../laws.ts';
import { target } from '../target.ts';

const layers = { cluster: decision().annotations.stores, pod: { mine: { provider: 'vault' } } };

export const reference = target({
  name: 'reference',
  parses: 'a reference, also by the rules of its store',
  share: 170,
  inputs: anyReference,
  run(text) {
    const result = parseReference(text);
    const checked = checkReference(text, layers);
    if (!result.ok) checkMessages([result.problem], { length: 400 });
    if (!checked.ok) checkMessages([checked.problem], { length: 1_000 });
    holds(!checked.ok || result.ok, 'a text that is no reference was taken');
    if (!result.ok) return;
    const { reference: parsed } = result;
    holds(text.startsWith(`${parsed.store}://`), 'the store is not what the text begins with');
    holds(parsed.property === undefined || text.endsWith(`#${parsed.property}`), 'the property is not verbatim');
  },
});

const parsers: readonly ((path: string, parameters: Reference['parameters']) => string)[] = [
  (path, parameters) => parseGcp(path, parameters).resource,
  (path, parameters) => JSON.stringify(parseSecret(path, parameters)),
  (path, parameters) => parameterText(parseParameter(path, parameters)),
  (path, parameters) => parseTarget(path, parameters).id,
  (path, parameters) => parsePulumi(path, parameters).text,
  (path) => encodePath(cleanPath(path)),
];

/** What would let a name change the meaning of a URL it becomes part of. */
const URL_PARTS: Readonly<Record<number, RegExp>> = {
  0: /[^A-Za-z0-9_./:-]|(^|\/)\.\.?(\/|$)|\/\//,
  3: /[^a-z0-9/-]|\/\/.*\/\//,
  4: /[^\w./@-]|(^|\/)\.\.?(\/|@|$)/,
  5: /[?#\s]|(^|\/)\.\.?(\/|$)/,
};

export const storeNames = target({
  name: 'store-names',
  parses: 'paths and parameters by the six stores of the injector',
  share: 130,
  inputs: fc.tuple(fc.nat(parsers.length - 1), anyReference),
  run([which, text]) {
    const result = parseReference(text);
    if (!result.ok) return;
    const { path, parameters } = result.reference;
    try {
      const name = parsers[which]?.(path, parameters) ?? '';
      holds(!(URL_PARTS[which]?.test(name) ?? false), `a name could change a URL: ${JSON.stringify(name)}`);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      holds(error.code === 'invalid', `code ${error.code}`);
      checkMessages([error.message, error.remedy], { length: 1_000 });
    }
  },
});
