import { PROVIDERS } from '../../src/contract/provider.ts';

/** Stands for a pasted secret: no message may hold it. */
export const CANARY = 'c4n4ry-Hx7';

/** A law of a target does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export function holds(law: boolean, otherwise: string): void {
  if (!law) throw new Broken(otherwise);
}

export interface MessageBounds {
  /** Most messages at once; absent: any number. */
  readonly count?: number;
  /** Most characters of one. */
  readonly length: number;
}

/** What may be told: no secret, no line break, not too much. */
export function checkMessages(messages: readonly string[], { count = Number.POSITIVE_INFINITY, length }: MessageBounds): void {
  holds(messages.length <= count, `${messages.length} messages`);
  for (const message of messages) {
    holds(!message.includes(CANARY), `a message tells the secret: ${message.slice(0, 300)}`);
    holds(message.length <= length, `a message has ${message.length} characters: ${message.slice(0, 200)}`);
  }
}

/** Nothing of a result may have been given another prototype by a key such as `__proto__`. */
export function checkPrototypes(value: unknown): void {
  const open: unknown[] = [value];
  for (let current = open.pop(); open.length > 0 || current !== undefined; current = open.pop()) {
    if (typeof current !== 'object' || current === null) continue;
    const prototype: unknown = Object.getPrototypeOf(current);
    const isPlain = prototype === null || prototype === Object.prototype || prototype === Array.prototype;
    const isOfClass = typeof prototype === 'object' && prototype !== null && Object.hasOwn(prototype, 'constructor');
    holds(isPlain || isOfClass, 'a result has a prototype of the input');
    open.push(...Object.values(current));
  }
}

/** Names and values of the prototypes that everything shares. */
export function sharedPrototypes(): string {
  return [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype, Promise.prototype, Map.prototype]
    .flatMap((shared) =>
      Reflect.ownKeys(shared).map((key) => `${String(key)}:${told(Object.getOwnPropertyDescriptor(shared, key)).join(' ')}`),
    )
    .join();
}

/** The parts of a property; what is no plain value by a number of its own. */
function told(property: object = {}): string[] {
  return Object.values(property).map((part: unknown) =>
    (typeof part === 'object' && part !== null) || typeof part === 'function' ? `#${identity(part)}` : String(part),
  );
}

const identities = new WeakMap<object, number>();
let last = 0;

function identity(part: object): number {
  const known = identities.get(part) ?? ++last;
  identities.set(part, known);
  return known;
}

const FILE_NAME = new RegExp(`file['"]?\\s*:[^\\n]*${CANARY}`);

/** A reference that begins with a known store is quoted: what follows names a secret. */
const REFERENCE = new RegExp(`(${PROVIDERS.join('|')})://\\S*${CANARY}`);

/** Whether the secret stands where a name belongs, of an annotation, a file in the list or a secret: names are told, only values may be pasted secrets. */
export function isNamedAfterSecret(annotations: Readonly<Record<string, unknown>>): boolean {
  const inName = (value: unknown) => typeof value === 'string' && (FILE_NAME.test(value) || REFERENCE.test(value));
  return Object.entries(annotations).some(([key, value]) => key.includes(CANARY) || inName(value));
}
