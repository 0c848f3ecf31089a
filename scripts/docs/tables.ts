import { SKIP_REASONS } from '../../src/admission/skip-reason.ts';
import { FAMILIES, KEYS, LATER_KEYS } from '../../src/annotations/keys.ts';
import { REJECT_REASONS } from '../../src/issues/issue.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { GROUPS, FAMILIES as STORES } from '../../src/stores/families.ts';
import type { StoreFamily } from '../../src/stores/family.ts';
import { faultRows } from '../../test/support/faults-expected.ts';
import { dependencyRows } from './dependencies.ts';
import { featureRows } from './features.ts';

/** The tables of the docs that say what the code says, by the name of their marker. */
export async function tables(): Promise<Readonly<Record<string, string>>> {
  return {
    annotations: table(
      ['Key', 'What it does', 'Default', 'Example'],
      [...Object.entries(KEYS), ...Object.entries(FAMILIES)]
        .map(([name, { sentence, default: standard, example }]) => [code(`keyfirst.dev/${name}`), sentence, standard, code(example)])
        .sort(([a = ''], [b = '']) => a.localeCompare(b)),
    ),
    'annotations-later': LATER_KEYS.map((key) => code(`keyfirst.dev/${key}`)).join(', '),
    stores: Object.entries(STORES)
      .map(
        ([name, { sentence, example, settings }]) =>
          `### ${name}\n\n${sentence} Example: ${code(example)}\n\n${settingsTable(name, settings)}`,
      )
      .join('\n\n'),
    ...settingsTables(),
    features: features(),
    reasons: table(
      ['Outcome', 'Reason', 'Meaning'],
      [
        ...Object.entries(SKIP_REASONS).map(([reason, sentence]) => ['skip', code(reason), sentence]),
        ...Object.entries(REJECT_REASONS).map(([reason, sentence]) => ['reject', code(reason), sentence]),
      ],
    ),
    faults: table(['What the store, or something on the way, does', 'What the init container does', 'In the end'], faultRows()),
    dependencies: table(['Package', 'Version', 'Licence', 'Part of'], await dependencyRows()),
    metrics: table(
      ['Metric', 'Type', 'Meaning'],
      (await createMetrics().registry.getMetricsAsJSON())
        .filter(({ name }) => name.startsWith('keyfirst_'))
        .map(({ name, type, help }) => [code(name), String(type), help]),
    ),
  };
}

/** Replaces what stands between `<!-- generated: NAME -->` and `<!-- end -->`. */
export function fill(markdown: string, generated: Readonly<Record<string, string>>): string {
  return markdown.replaceAll(/<!-- generated: ([a-z-]+) -->\n.*?<!-- end -->/gs, (_whole, name: string) => {
    const text = generated[name];
    if (text === undefined) throw new Error(`no generated table is called ${name}`);
    return `<!-- generated: ${name} -->\n${text}\n<!-- end -->`;
  });
}

/** One table a page in docs/stores, `settings-<store>`; the stores of a group share theirs. */
function settingsTables(): Record<string, string> {
  const grouped: readonly string[] = Object.values(GROUPS).flat();
  const alone = Object.values(STORES).filter(({ provider }) => !grouped.includes(provider) && provider !== 'dev');
  const groups = Object.entries(GROUPS).flatMap(([group, [first]]) => (first === undefined ? [] : [[group, STORES[first]] as const]));
  return Object.fromEntries(
    [...alone.map((family) => [family.provider, family] as const), ...groups].map(([name, { settings }]) => [
      `settings-${name}`,
      settingsTable(name, settings),
    ]),
  );
}

function features(): string {
  const { head, rows } = featureRows();
  return table(head, rows);
}

function settingsTable(store: string, settings: StoreFamily['settings']): string {
  const rows = Object.entries(settings).map(([name, { sentence, default: standard, required, serviceAccountAnnotation, example }]) => {
    const account = serviceAccountAnnotation === undefined ? undefined : `the ServiceAccount's ${code(serviceAccountAnnotation)}`;
    const needed = required && standard === undefined ? 'required' : undefined;
    const cell = [needed, account, standard && code(standard)].filter((part) => part !== undefined).join(', or ');
    return [code(`keyfirst.dev/store.${store}.${name}`), sentence, cell, code(example)];
  });
  return table(['Key', 'What it does', 'Default', 'Example'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
