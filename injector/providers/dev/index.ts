import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { Redacted } from '../../../src/common/redacted.ts';
import type { DevStore } from '../../../src/contract/provider.ts';
import { rawNumber } from '../exact-json.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap, type JsonObject, type JsonValue, toValue } from '../value.ts';

/** Values from a YAML file: a path is a key of the top level, else keys joined by `/`. For the demo, the docs and tests. */
export function openDev(config: DevStore, deps: ProviderDeps): Store {
  let content: JsonObject = {};
  return {
    identity: 'anyone: the dev store knows no identities',
    place: `the dev store's file ${config.file}`,
    async connect() {
      content = load(config.file, deps.root);
    },
    async read(path, parameters) {
      return find(content, path, parameters, config.file);
    },
  };
}

function load(file: string, root: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(root + file, 'utf8');
  } catch (cause) {
    throw new ProviderError('invalid', `the dev store's file ${file} cannot be read`, {
      cause,
      remedy: 'Check the ConfigMap named by `store.dev.config-map` and its key `secrets.yaml`.',
    });
  }
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw unusable(file, `is not valid YAML (${error.code} at character ${error.pos[0]})`);
  const content = document.contents === null ? {} : toJson(document.contents, document, file, 0, { left: MOST_NODES });
  const value = asMap(content);
  if (value === undefined) throw unusable(file, 'must be a map from paths to values');
  return value;
}

/** Aliases written out. */
const MOST_NODES = 100_000;

/** YAML nodes as JSON values; numbers keep their digits where JSON can write them. */
function toJson(node: unknown, document: Document.Parsed, file: string, depth: number, nodes: { left: number }): JsonValue {
  nodes.left -= 1;
  if (nodes.left < 0) throw unusable(file, 'has too many values, or aliases that multiply');
  if (depth > 100) throw unusable(file, 'is nested too deep');
  if (isAlias(node)) return toJson(node.resolve(document), document, file, depth + 1, nodes);
  if (isSeq(node)) return node.items.map((item) => toJson(item, document, file, depth + 1, nodes));
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }): [string, JsonValue] => [
      keyText(key),
      toJson(value, document, file, depth + 1, nodes),
    ]);
    return Object.fromEntries(entries);
  }
  if (isScalar(node)) return scalar(node, file);
  return null;
}

function keyText(key: unknown): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : String(key);
}

function scalar(node: Node & { readonly value: unknown; readonly source?: string }, file: string): JsonValue {
  const { value, source = '' } = node;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') {
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source)) return rawNumber(source);
    if (Number.isFinite(value)) return rawNumber(String(value));
  }
  throw unusable(file, 'has a value that JSON cannot hold');
}

function find(content: JsonObject, path: string, parameters: ReadonlyMap<string, string>, file: string): SecretRead {
  const [parameter] = parameters.keys();
  if (parameter !== undefined) {
    throw new ProviderError('invalid', `the dev store takes no parameter \`${parameter}\``, { remedy: 'Remove it from the reference.' });
  }
  const found = Object.hasOwn(content, path) ? content[path] : descend(content, path);
  if (found === undefined || found === null) {
    const keys = Object.keys(content).slice(0, 20).join(', ');
    throw new ProviderError('not-found', 'no such secret in the dev store', {
      remedy: `Add it to ${file}; the file has the keys: ${keys || 'none'}.`,
    });
  }
  return { value: new Redacted(toValue(found)) };
}

function descend(content: JsonObject, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = content;
  for (const part of path.split('/')) {
    const map: JsonObject | undefined = asMap(current);
    current = map !== undefined && Object.hasOwn(map, part) ? map[part] : undefined;
  }
  return current;
}

function unusable(file: string, what: string): ProviderError {
  return new ProviderError('invalid', `the dev store's file ${file} ${what}`, { remedy: 'Correct the file.' });
}
