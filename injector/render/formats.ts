import type { Format } from '../../src/contract/secret-spec.ts';
import { asMap, type JsonObject, type JsonValue, type SecretValue } from '../providers/value.ts';
import { decodeBase64 } from './base64.ts';
import { toDotenv } from './dotenv.ts';
import { toProperties } from './properties.ts';
import { bad, good, type Result } from './result.ts';
import { parsed, textOf } from './text.ts';
import { toYaml } from './yaml.ts';

const BY_EXTENSION: ReadonlyMap<string, Format> = new Map([
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['env', 'dotenv'],
  ['properties', 'properties'],
]);
/** How a value is to be written: the format that was asked for, else by the name of the file; a variable has none. */
export interface Form {
  readonly format?: Format | undefined;
  readonly file?: string;
}

const OTHER_FORM = 'Name one property after `#`, or set another `format`.';

/** The bytes of a file or variable. To text and bytes nothing is added: no newline, no byte order mark. */
export async function formatValue(secret: SecretValue, form: Form, password?: string): Promise<Result<Uint8Array>> {
  const format = form.format ?? formatByDefault(secret, form.file ?? '');
  switch (format) {
    case undefined:
      return form.file === undefined
        ? bad(
            `the secret is a ${secret.kind}, and a variable holds one value`,
            'Name one property after `#`, take several with a map in `env` (`env: {NAME: property}`), or set `format: json` or a `template`.',
          )
        : bad(
            `the secret is a ${secret.kind}, and the file name does not say in which form to write it`,
            'Name one property after `#`, let the file name end in `.json`, `.yaml`, `.env` or `.properties`, or set `format`.',
          );
    case 'raw':
      return raw(secret);
    case 'json':
      return structured(secret, format, (json) => good(JSON.stringify(json)));
    case 'yaml':
      return structured(secret, format, (json) => good(toYaml(json)));
    case 'dotenv':
      return structured(secret, format, (json) => ofMap(json, format, toDotenv));
    case 'properties':
      return structured(secret, format, (json) => ofMap(json, format, (map) => good(toProperties(map))));
    case 'pem':
      return (await import('./certificates/index.ts')).toPem(secret, password);
    case 'pkcs12':
      return (await import('./certificates/index.ts')).toPkcs12(secret, password);
    case 'base64': {
      const bytes = raw(secret);
      return bytes.ok ? good(Buffer.from(Buffer.from(bytes.value).toString('base64'))) : bytes;
    }
    case 'base64-decode': {
      const bytes = decodeBase64(textOf(secret) ?? '?');
      return bytes === undefined
        ? bad('`format: base64-decode` was asked for, but the secret is no base64 text', 'Leave `format` out.')
        : good(bytes);
    }
    default:
      return format satisfies never;
  }
}

function formatByDefault(secret: SecretValue, file: string): Format | undefined {
  if (secret.kind === 'text' || secret.kind === 'bytes') return 'raw';
  return BY_EXTENSION.get(file.slice(file.lastIndexOf('.') + 1).toLowerCase());
}

function raw(secret: SecretValue): Result<Uint8Array> {
  if (secret.kind === 'bytes') return good(secret.bytes);
  if (secret.kind !== 'text') return bad(`a ${secret.kind} cannot be written as it is`, OTHER_FORM);
  // Half a surrogate pair has no UTF-8 form; Node would write other bytes in its place without a word.
  if (!secret.text.isWellFormed()) return bad('the text is not valid Unicode', 'Store it again, or as base64.');
  return good(Buffer.from(secret.text, 'utf8'));
}

function structured(secret: SecretValue, format: Format, write: (json: JsonValue) => Result<string>): Result<Uint8Array> {
  const json = jsonOf(secret);
  if (json === undefined) {
    const kind = secret.kind === 'bytes' ? 'bytes' : 'text';
    return bad(
      `\`format: ${format}\` was asked for, but the secret is ${kind} that is not valid JSON`,
      'Leave `format` out, or store JSON.',
    );
  }
  const text = write(json);
  return text.ok ? good(Buffer.from(text.value)) : text;
}

function jsonOf(secret: SecretValue): JsonValue | undefined {
  if (secret.kind === 'map') return secret.map;
  if (secret.kind === 'list') return secret.list;
  const text = textOf(secret);
  return text === undefined ? undefined : parsed(text);
}

function ofMap(json: JsonValue, format: Format, write: (map: JsonObject) => Result<string>): Result<string> {
  const map = asMap(json);
  return map === undefined ? bad(`\`format: ${format}\` writes a map, which the secret is not`, OTHER_FORM) : write(map);
}
