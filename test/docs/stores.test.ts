import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FACTS, type RealStore, tokenOf } from '../../scripts/docs/features.ts';
import { parseAnnotations } from '../../src/annotations/parse.ts';
import { parseReference } from '../../src/contract/reference.ts';
import { FAMILIES } from '../../src/stores/families.ts';
import { unknownParameter } from '../../src/stores/family.ts';

const ROOT = new URL('../..', import.meta.url);
const files = (pattern: string) => globSync(pattern, { cwd: ROOT }).sort();
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const sources = (...folders: string[]) =>
  folders
    .flatMap((folder) => files(`${folder}/*.ts`))
    .map(read)
    .join('\n');

const PAGES = files('docs/stores/*.md');
const STORES = Object.keys(FACTS) as RealStore[];

describe('examples', () => {
  /** What a cluster's admin would have set, so that an example needs to say only what it is about. */
  const stores = Object.fromEntries(
    Object.values(FAMILIES).map(({ provider, settings }) => {
      const needed = Object.entries(settings).filter(([, { required }]) => required);
      return [provider, { settings: Object.fromEntries(needed.map(([name, { example }]) => [name, example])), locked: [] }];
    }),
  );
  const blocks = [...PAGES, 'README.md', ...files('docs/*.md')].flatMap((page) =>
    [...read(page).matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, yaml = '']) => {
      const line = read(page).slice(0, read(page).indexOf(yaml)).split('\n').length;
      return yaml.includes('keyfirst.dev/') ? [[`${page}:${line}`, yaml] as const] : [];
    }),
  );

  it('are in every page', () => {
    for (const page of [...PAGES.filter((name) => !name.endsWith('README.md')), 'README.md'])
      expect(blocks.map(([place]) => place.split(':')[0])).toContain(page);
  });

  it.each(blocks)('%s is accepted as it stands', (_place, yaml) => {
    const found = annotationsIn(parse(yaml.replaceAll('PROJECT_NUMBER', '123456789012')));

    expect(Object.keys(found)).not.toEqual([]);
    const result = parseAnnotations(found, { stores, devStore: true, serviceAccount: {} });
    expect(result.ok ? [] : result.issues).toEqual([]);
  });

  /** Every annotation of ours, wherever in the block. */
  function annotationsIn(content: unknown): Record<string, string> {
    if (typeof content !== 'object' || content === null) return {};
    return Object.fromEntries(
      Object.entries(content).flatMap(([key, value]) =>
        key.startsWith('keyfirst.dev/') ? [[key, String(value)]] : Object.entries(annotationsIn(value)),
      ),
    );
  }

  const references = PAGES.flatMap((page) =>
    [...read(page).matchAll(new RegExp(`\`((?:${STORES.join('|')})://[^\`]+)\``, 'g'))].map(([, text = '']) => [page, text] as const),
  ).filter(([, text]) => !/…|<.*>| /.test(text));

  it.each(references)('in %s: %s', (_page, text) => {
    const result = parseReference(text);
    if (!result.ok) throw new Error(result.problem);
    const family = FAMILIES[result.reference.store as RealStore];

    expect(family.referenceProblem(result.reference) ?? unknownParameter(result.reference, family.parameters)).toBeUndefined();
  });
});

describe('messages that the pages explain', () => {
  const folders: Readonly<Record<string, readonly string[]>> = {
    'aws.md': ['injector/providers', 'injector/providers/aws', 'injector/providers/aws-sm', 'injector/providers/aws-ssm'],
    'azure-kv.md': ['injector/providers', 'injector/providers/azure-kv'],
    'gcp-sm.md': ['injector/providers', 'injector/providers/http', 'injector/providers/gcp-sm'],
    'pulumi-esc.md': ['injector/providers', 'injector/providers/http', 'injector/providers/pulumi-esc'],
    'vault.md': ['injector/providers', 'injector/providers/vault'],
  };
  const tests = () =>
    ['test/support/*.ts', 'test/unit/injector/providers/**/*.ts', 'test/integration/injector-*.ts'].flatMap(files).map(read).join('\n');
  const quoted = Object.keys(folders).flatMap((page) => {
    const [, section = ''] = read(`docs/stores/${page}`).split('\n## When it fails\n');
    const cells = section.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split(' | ')[0] ?? ''] : []));
    return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => [page, text] as const));
  });

  it('are in every page', () => {
    for (const page of Object.keys(folders)) expect(quoted.filter(([name]) => name === page).length).toBeGreaterThan(4);
  });

  it.each(quoted)('%s: %s', (page, text) => {
    // What the store itself says stands in our tests, where a real server or its double says it.
    const [own = '', foreign] = text.split(/; \w+ says: /);
    const words = own.split(/[\s…]+/).filter((word) => word !== '');
    const lines = messageLines(sources(...(folders[page] ?? [])));
    expect(
      lines.some((line) => inOrder(words, line)),
      `no message of the injector has the words ${words.join(' … ')}`,
    ).toBe(true);
    if (foreign !== undefined) expect(tests().includes(foreign.replace(/ ?…$/, '')), `no test has "${foreign}"`).toBe(true);
  });

  it('name numbers of Entra ID that the injector knows', () => {
    const numbers = [...read('docs/stores/azure-kv.md').matchAll(/\(AADSTS([\d, ]+)\)/g)].flatMap(([, list = '']) => list.split(', '));
    const source = read('injector/providers/azure-kv/login-refused.ts');

    expect(numbers.length).toBeGreaterThan(5);
    for (const number of numbers) expect(source).toMatch(new RegExp(`\\b${number}\\b`));
  });

  /** The lines of a source, those that name a place also with each place that it has. */
  function messageLines(source: string): string[] {
    const places = [...source.matchAll(/place(?::| =) `([^`]*)`/g)].map(([, place = '']) => place);
    return source.split('\n').flatMap((line) => [line, ...places.map((place) => line.replace(/\$\{(?:peer\.)?place\}/, place))]);
  }

  function inOrder(words: readonly string[], line: string): boolean {
    let at = 0;
    return words.every((word) => {
      const found = line.indexOf(word, at);
      at = found + word.length;
      return found >= 0;
    });
  }
});

describe('feature × store: facts of the injector', () => {
  it.each(STORES)('%s', (store) => {
    const { binary, batch, lease, checksum, otherIdentity } = FACTS[store];
    const source = sources(`injector/providers/${store}`);

    expect(source.includes("kind: 'bytes'")).toBe(binary);
    expect(source.includes('expiresIn')).toBe(lease);
    expect(source.includes('crc32c(')).toBe(checksum);
    expect(Number(/const BATCH = (\d+);/.exec(source)?.[1] ?? 1)).toBe(batch);
    // Where a token is not always asked for, something else must give the identity.
    const family = FAMILIES[store];
    const required = Object.entries(family.settings).flatMap(([name, setting]) => (setting.required ? [name] : []));
    expect(otherIdentity === undefined).toBe(tokenOf(family, required) !== undefined);
    if (otherIdentity !== undefined) expect(sources(`injector/providers/${store}`, 'injector/providers/aws')).toContain(otherIdentity);
  });

  it.each(STORES)('%s: a version in the path', (store) => {
    const { versionInPath } = FACTS[store];
    const problem = (text: string) => {
      const result = parseReference(`${store}://${text}`);
      return result.ok ? FAMILIES[store].referenceProblem(result.reference) : result.problem;
    };
    const told = 'the version stands in the path';

    if (versionInPath === undefined)
      expect(sources('src/stores').split(`provider: '${store}'`)[1]?.split('wholeIsMap')[0]).not.toContain(told);
    else expect([problem(versionInPath), problem(`${versionInPath}?version=1`)]).toEqual([undefined, expect.stringContaining(told)]);
  });

  it('every partition of AWS', () => {
    for (const partition of ['aws', 'aws-cn', 'aws-us-gov']) {
      for (const text of [
        `aws-sm://arn:${partition}:secretsmanager:xx-east-1:111122223333:secret:a`,
        `aws-ssm://arn:${partition}:ssm:xx-east-1:111122223333:parameter/a`,
      ]) {
        const result = parseReference(text);
        if (!result.ok) throw new Error(result.problem);
        expect(FAMILIES[result.reference.store as RealStore].referenceProblem(result.reference)).toBeUndefined();
      }
    }
  });
});

it('every store has its page, and the README leads there', () => {
  for (const { page } of Object.values(FACTS)) {
    expect(PAGES).toContain(`docs/stores/${page}`);
    expect(read('README.md')).toContain(`](docs/stores/${page})`);
    expect(read('docs/stores/README.md')).toContain(`](${page})`);
  }
});
