import { CONTRACT } from '../../src/contract/fingerprint.ts';
import type { DecodeResult, InjectorConfig, InjectorConfigText } from '../../src/contract/injector-config.ts';
import { parseReference, type Reference } from '../../src/contract/reference.ts';

/**
 * The variable's text as a typed configuration, or every problem with its place. What a webhook of our own contract wrote
 * was typed there and is taken as it is; anything else is checked field by field.
 */
export async function decodeConfig(text: string): Promise<DecodeResult> {
  const config = fromOwnWebhook(text);
  if (config !== undefined) return { ok: true, config };
  const { decodeInjectorConfig } = await import('./schema/index.ts');
  return decodeInjectorConfig(text);
}

function fromOwnWebhook(text: string): InjectorConfig | undefined {
  try {
    // The fingerprint says that the text has this type.
    const { secrets, variables, ...rest }: InjectorConfigText = JSON.parse(text);
    if (rest.version !== 1 || rest.contract !== CONTRACT) return undefined;
    return {
      ...rest,
      secrets: secrets.map(withReferences),
      ...(variables === undefined ? {} : { variables: variables.map(withReferences) }),
    };
  } catch {
    return undefined;
  }
}

type Source<Text> = { readonly from: Text | Record<string, Text>; readonly password?: Text | undefined };

function withReferences<Spec extends Source<string>>({ from, password, ...rest }: Spec) {
  return {
    ...rest,
    from:
      typeof from === 'string' ? reference(from) : Object.fromEntries(Object.entries(from).map(([name, text]) => [name, reference(text)])),
    ...(password === undefined ? {} : { password: reference(password) }),
  };
}

/** Throws where it is none, so that the full check says what is wrong. */
function reference(text: string): Reference {
  const result = parseReference(text);
  if (!result.ok) throw new Error(result.problem);
  return result.reference;
}
