import type { SecretSpec } from '../../src/contract/secret-spec.ts';
import type { SecretValue } from '../providers/value.ts';
import { formatValue } from './formats.ts';
import { type Result, selectProperty } from './property.ts';

/** A file as it will be written. */
export interface RenderedFile {
  /** Below the volume, `/` between parts. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * The file of one entry from the secret it names; pure. `undefined` is an optional entry whose property is absent.
 *
 * | | required | optional |
 * |---|---|---|
 * | property absent | fails | left out |
 * | empty text | fails | written empty |
 * | any other problem | fails | fails |
 */
export function render(spec: SecretSpec, secret: SecretValue): Result<RenderedFile | undefined> {
  const optional = spec.optional === true;
  const selected = selectProperty(secret, spec.from.property);
  if (!selected.ok) return selected.absent && optional ? { ok: true, value: undefined } : selected;
  const empty = isEmpty(selected.value);
  if (empty && !optional) {
    return {
      ok: false,
      absent: false,
      what: 'the value is empty',
      remedy: 'Store a value, or mark the entry `optional: true` to accept an empty file.',
    };
  }
  // Empty text is no JSON, yet an optional entry accepts it whatever its format.
  const bytes: Result<Uint8Array> = empty ? { ok: true, value: new Uint8Array() } : formatValue(selected.value, spec.format, spec.file);
  return bytes.ok ? { ok: true, value: { path: spec.file, bytes: bytes.value, mode: spec.mode } } : bytes;
}

function isEmpty(secret: SecretValue): boolean {
  return (secret.kind === 'text' && secret.text === '') || (secret.kind === 'bytes' && secret.bytes.length === 0);
}
