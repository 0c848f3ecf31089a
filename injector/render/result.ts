/** Why something cannot be rendered: what is wrong and what to do, in words without a value. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
}

/** The rendered or selected thing, or why there is none; `absent` is what `optional` forgives. */
export type Result<Value> = { ok: true; value: Value } | ({ ok: false; absent: boolean } & Problem);

export function good<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

export function bad(what: string, remedy: string): Result<never> {
  return { ok: false, absent: false, what, remedy };
}

const NAMES_SHOWN = 30;

/** Names for a message, at most 30 and without control characters; `none` when there are none. */
export function nameList(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, NAMES_SHOWN).map(quoted);
  return names.length > NAMES_SHOWN ? `${shown.join(', ')} and ${names.length - NAMES_SHOWN} more` : shown.join(', ');
}

/** One name for a message. */
export function quoted(name: string): string {
  return `\`${name.replaceAll(/\p{Cc}/gu, '�')}\``;
}
