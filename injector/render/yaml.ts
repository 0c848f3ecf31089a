import { asMap, type JsonValue } from '../providers/value.ts';

/** Text that no reader takes for anything but text: begins with a letter, holds no `:` or `#`. */
const PLAIN = /^[A-Za-z_][\w./@-]*( [\w./@-]+)*$/;
/** Words of YAML 1.1 or 1.2 that are no text. */
const WORDS = /^(y|yes|n|no|on|off|true|false|null|nan|inf)$/i;
/** Lines that a block scalar holds as they are. */
const BLOCK = /^(?![ \n])([!-~]([ -~]*[!-~])?)?(\n([ -~]*[!-~])?)*$/;
/** Readers of YAML 1.1 take keys to 1024 characters without `?`. */
const LONGEST_KEY = 512;

/**
 * YAML that readers of 1.1 and 1.2 read as the same values; block style, no line is folded. Written here because it is
 * small and numbers must keep their digits: the `yaml` package takes numbers as doubles and costs 10 ms to load.
 */
export function toYaml(json: JsonValue): string {
  return isContainer(json) ? `${block(json, '').join('\n')}\n` : `${scalar(json, '')}\n`;
}

/** The lines of a map or list that is not empty. */
function block(json: JsonValue, indent: string): string[] {
  if (isList(json)) return json.flatMap((item) => entry(`${indent}-`, item, `${indent}  `));
  return Object.entries(asMap(json) ?? {}).flatMap(([name, value]) => {
    const key = oneLine(name);
    const head = key.length <= LONGEST_KEY ? [] : [`${indent}? ${key}`];
    return [...head, ...entry(head.length === 0 ? `${indent}${key}:` : `${indent}:`, value, `${indent}  `)];
  });
}

function entry(head: string, value: JsonValue, indent: string): string[] {
  return isContainer(value) ? [head, ...block(value, indent)] : [`${head} ${scalar(value, indent)}`];
}

function scalar(json: JsonValue, indent: string): string {
  if (typeof json === 'string') return json.includes('\n') && BLOCK.test(json) ? literal(json, indent || '  ') : oneLine(json);
  if (isList(json)) return '[]';
  return typeof json === 'object' && json !== null && asMap(json) === undefined ? number(JSON.stringify(json)) : JSON.stringify(json);
}

/** Several lines as they are; `+` keeps all line breaks at the end, `-` says there is none. */
function literal(text: string, indent: string): string {
  const ends = text.endsWith('\n');
  const chomping = !ends ? '-' : text.endsWith('\n\n') ? '+' : '';
  const lines = (ends ? text.slice(0, -1) : text).split('\n').map((line) => (line === '' ? '' : `${indent}${line}`));
  return [`|${chomping}`, ...lines].join('\n');
}

function oneLine(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text) ? text : doubleQuoted(text);
}

/** JSON's text is YAML too, but for what a YAML reader takes for a line break or does not accept. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** For a reader of 1.1 a number with an exponent has a dot and the exponent a sign. */
function number(digits: string): string {
  const [, whole = digits, dot, sign, exponent] = /^(-?\d+)(\.\d+)?[eE]([+-]?)(\d+)$/.exec(digits) ?? [];
  return exponent === undefined ? digits : `${whole}${dot ?? '.0'}e${sign || '+'}${exponent}`;
}

function isContainer(json: JsonValue): boolean {
  return isList(json) ? json.length > 0 : Object.keys(asMap(json) ?? {}).length > 0;
}

function isList(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}
