import { hasControlCharacter } from './control-character.ts';

/** What a user points at: `<store>://<path>[?<parameter>=<value>&…][#<property>]`. */
export interface Reference {
  /** As the user wrote it, for messages. */
  readonly text: string;
  /** Name of the store: a built-in name or one that an admin or the pod named. */
  readonly store: string;
  /** Percent-decoded path in the store's own words. */
  readonly path: string;
  /** Percent-decoded parameters; a name occurs once. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Verbatim text after the first `#`; absent when there is none. */
  readonly property: string | undefined;
}

export type ReferenceResult = { ok: true; reference: Reference } | { ok: false; problem: string };

/** What is wrong with text that is no reference at all. */
export const NO_SCHEME = 'it has no `://`; a reference is `<store>://<path>`, for example `vault://secret/shop/db#password`';

const STORE_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * Splits a reference at the first `://`, `#`, then the first `?`.
 * Never a WHATWG URL parser: it rejects ARNs, swallows `user@` and resolves `..`.
 * A problem never quotes the text, which may be a pasted secret; the caller knows whether it may.
 */
export function parseReference(text: string): ReferenceResult {
  const scheme = text.indexOf('://');
  if (scheme < 0) return problem(NO_SCHEME);
  const store = text.slice(0, scheme);
  if (!STORE_NAME.test(store)) {
    return problem(
      'the store name before `://` must be lower-case letters, digits and `-`, begin with a letter and have at most 31 characters',
    );
  }
  if (hasControlCharacter(text)) return problem('it contains a control character or line break; write it percent-encoded');
  if (!text.isWellFormed()) return problem('it is not valid Unicode');
  const [beforeHash, property] = splitAtFirst(text.slice(scheme + 3), '#');
  const [rawPath, query] = splitAtFirst(beforeHash, '?');
  if (property === '') return problem('nothing follows the `#`; name a property or leave the `#` out');

  const path = decode(rawPath);
  if (path === undefined)
    return problem('its path has a `%` that is not followed by two hex digits of UTF-8 text; write a literal `%` as `%25`');
  if (path === '') return problem('nothing follows `://`; name the secret');
  if (rawPath.trim() !== rawPath || property?.trim() !== property) {
    return problem('its path or property begins or ends with a blank; remove it, or write `%20` in the path');
  }
  const parameters = new Map<string, string>();
  if (query !== undefined) {
    for (const part of query.split('&')) {
      const [name, rawValue] = splitAtFirst(part, '=');
      if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
        return problem('a parameter after `?` must look like `name=value`; write a literal `?` in the path as `%3F`');
      if (rawValue === undefined || rawValue === '') return problem(`parameter \`${name}\` has no value; write \`${name}=…\``);
      const value = decode(rawValue);
      if (value === undefined) return problem(`parameter \`${name}\` has a \`%\` that is not followed by two hex digits of UTF-8 text`);
      if (parameters.has(name)) return problem(`parameter \`${name}\` occurs twice`);
      parameters.set(name, value);
    }
  }
  return { ok: true, reference: { text, store, path, parameters, property } };
}

function problem(text: string): ReferenceResult {
  return { ok: false, problem: text };
}

function splitAtFirst(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Decodes percent escapes once; `+` stays a plus. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
