import { type Document, isScalar, LineCounter, parseAllDocuments, type Tags } from 'yaml';

/** A file, or standard input, with all of its text. */
export interface Source {
  /** For messages. */
  readonly name: string;
  readonly text: string;
}

export interface Manifest {
  /** Counts from 1, as people do. */
  readonly number: number;
  readonly document: Document.Parsed;
  /** The content as plain values. */
  readonly content: unknown;
}

/** What is wrong in one place; `document` is 0 where the whole file is meant. */
export interface ReadProblem {
  readonly document: number;
  readonly message: string;
}

export interface ReadResult {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ReadProblem[];
}

/** Tags that `kubectl` does not resolve: it takes such scalars as text. */
const UNKNOWN_TO_KUBECTL = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`));

/** YAML as `kubectl` reads it: version 1.1 (`yes` is true, `0644` is octal, `<<` merges) without its rarer types. */
export const READING = {
  version: '1.1',
  merge: true,
  keepSourceTokens: true,
  prettyErrors: false,
  logLevel: 'silent',
  customTags: (tags: Tags) =>
    tags.filter((tag) => typeof tag === 'string' || (!UNKNOWN_TO_KUBECTL.has(tag.tag) && !('format' in tag && tag.format === 'TIME'))),
} as const;

/** Parses every YAML or JSON document of a source. Problems say where, and never quote the content: it may hold secrets. */
export function readManifests({ text }: Source): ReadResult {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { ...READING, lineCounter: lines });
  const documents = Array.isArray(parsed) ? parsed : [];
  const manifests: Manifest[] = [];
  const problems: ReadProblem[] = [];
  for (const [index, document] of documents.entries()) {
    const number = index + 1;
    const [error] = document.errors;
    if (error !== undefined) {
      // The parser goes on after an error, but what it finds then is mostly an echo of the first.
      const { line, col } = lines.linePos(error.pos[0]);
      problems.push({ document: number, message: `line ${line}, column ${col}: ${explain(error.code)}` });
      continue;
    }
    try {
      manifests.push({ number, document, content: contentOf(document) });
    } catch {
      problems.push({ document: number, message: 'an alias (`*name`) has no anchor before it, or aliases multiply beyond all measure' });
    }
  }
  return { manifests, problems };
}

/** The content as a tree: what aliases share in YAML is a copy in each place. Throws when an alias cannot be resolved. */
export function contentOf(document: Document.Parsed): unknown {
  return unshare(document.toJS({ maxAliasCount: 100 }));
}

function unshare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unshare);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unshare(part)]));
}

/** Whether a document holds nothing at all. */
export function isEmpty({ document: { contents } }: Manifest): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit the lines around it',
  DUPLICATE_KEY: 'the same key is there twice in one map',
  TAB_AS_INDENT: 'a tab is used to indent; YAML wants spaces',
  BAD_DQ_ESCAPE: 'a double-quoted text has an escape that YAML does not know',
  BAD_SCALAR_START: 'a plain value begins with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys stand on one line, or a value with `: ` needs quotes',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines; is a `:` missing?',
  MISSING_CHAR: 'a `:`, a comma, a quote or a space is missing',
  UNEXPECTED_TOKEN: 'this does not belong here',
};

function explain(code: string): string {
  return `not valid YAML: ${EXPLANATIONS[code] ?? code.toLowerCase().replaceAll('_', ' ')}`;
}
