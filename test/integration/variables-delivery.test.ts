import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkVariables } from '../../injector/render/variables/check-variables.ts';
import { CHECK_FILE } from '../../injector/render/variables/file-key-ref.ts';
import { placeVariables } from '../../injector/render/variables/place-variables.ts';
import { type RenderedVariables, renderVariables } from '../../injector/render/variables/render-variables.ts';
import { hostArchitecture } from '../../scripts/build-wrapper.ts';
import { parseReference } from '../../src/contract/reference.ts';
import type { VariableSpec } from '../../src/contract/secret-spec.ts';
import { type KubeletEnv, kubeletEnvMissing, startKubeletEnv } from '../support/kubelet-env.ts';
import { reportOf, type WrapperFolder, wrapperFolder } from '../support/wrapper.ts';
import { wrapperMissing } from '../support/wrapper-tools.ts';

interface Variable {
  readonly name: string;
  readonly value: Uint8Array;
}

const AWKWARD = [
  "'",
  '"',
  '\\',
  '#',
  '=',
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '$(A)',
  '`',
  '\0',
  'é',
  '😀',
  '\ufeff',
  "'\n",
  "A='x'\n",
  "' # x",
];
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.string({ maxLength: 8 }).map((text) => Buffer.from(text)) },
  { weight: 4, arbitrary: fc.constantFrom(...AWKWARD).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) },
  // Lengths where the scanner's buffer and the kernel's pages end.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(4_096, 32_768, 65_536, 131_072), fc.integer({ min: -8, max: 2 }))
      .map(([base, more]) => Buffer.alloc(base + more, 'x')),
  },
);
const value = fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.concat(pieces));
const identifier = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,12}$/);
const relaxed = fc.stringMatching(/^[ -~]{1,12}$/);
const name = fc.oneof({ weight: 4, arbitrary: identifier }, { weight: 1, arbitrary: relaxed });
const variables = fc.array(fc.record({ name, value }), { maxLength: 12 });

const parsed = parseReference('dev://x');
const from = parsed.ok ? parsed.reference : {};

type Entry = { ok: true; spec: VariableSpec; rendered: RenderedVariables } | { ok: false; problems: string[] };

/** An entry of one variable, which the injector delivers in this way, or the words with which it refuses it. */
async function entryOf(variable: Variable, how: Pick<VariableSpec, 'suffix' | 'lists'>): Promise<Entry> {
  const spec: VariableSpec = { key: 'k', from, name: variable.name, mode: 0o440, ...how };
  const problems = checkVariables([spec]).map(({ what }) => what);
  const result = await renderVariables(spec, () => ({ kind: 'bytes', bytes: variable.value }));
  if (!result.ok) problems.push(...result.problems.map(({ what }) => what));
  return problems.length > 0 || !result.ok ? { ok: false, problems } : { ok: true, spec, rendered: result.variables };
}

/** A refusal names the variable, and never its value. */
function expectRefusal(problems: readonly string[], { name: refused, value: hidden }: Variable): void {
  expect(problems.join('\n')).toContain(`\`${refused}\``);
  const text = Buffer.from(hidden).toString();
  if (text.length > 12) expect(problems.join('\n')).not.toContain(text);
}

const noKubelet = await kubeletEnvMissing();
describe.skipIf(noKubelet !== undefined)(`variables by fileKeyRef${noKubelet === undefined ? '' : ` (skipped: ${noKubelet})`}`, () => {
  let kubelet: KubeletEnv;
  beforeAll(async () => {
    kubelet = await startKubeletEnv();
  });
  afterAll(() => kubelet?.[Symbol.asyncDispose]());

  /** What the kubelet reads, or undefined when we refuse. */
  async function delivered(variable: Variable): Promise<Buffer | undefined> {
    const entry = await entryOf(variable, { suffix: '.1' });
    if (!entry.ok) {
      expectRefusal(entry.problems, variable);
      return undefined;
    }
    const placed = placeVariables([entry], undefined);
    expect(placed.files.map(({ path }) => path)).toEqual(['KEYFIRST_CHECK', `${variable.name}.1`]);
    const read = await kubelet.parse(placed.files[1]?.bytes ?? new Uint8Array(), variable.name);
    expect(read.error).toBe('');
    return read.value;
  }

  it('reach the kubelet byte for byte or are refused by name, whatever they are', async () => {
    let arrived = 0;
    await fc.assert(
      fc.asyncProperty(variables, async (list) => {
        for (const variable of list) {
          const read = await delivered(variable);
          if (read !== undefined) arrived++;
          if (read !== undefined) expect(read.equals(variable.value)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
    expect(arrived).toBeGreaterThan(500);
  });

  // Else a refusal would be for nothing: what is refused, the kubelet really reads otherwise.
  it.each<[string, string]>([
    ['a single quote', "a'b"],
    ['nothing', ''],
    ['CR and LF', 'a\r\nb'],
    ['a line that is too long', 'x'.repeat(65_533)],
    ['a last line that is too long with its quote', `\n${'x'.repeat(65_535)}`],
  ])('are refused only where the kubelet would fail: %s', async (_what, text) => {
    const bytes = Buffer.from(text);

    expect(await delivered({ name: 'A', value: bytes })).toBeUndefined();
    const read = await kubelet.parse(Buffer.from(`A='${text}'\n`), 'A');
    // An empty value is what a missing one gives, without an error.
    expect(read.error !== '' || !read.value.equals(bytes) || read.value.length === 0).toBe(true);
  });

  it.each([65_535 - 3 - 1, 65_535 - 3])('arrive with a line as long as the kubelet takes: %i characters', async (length) => {
    expect((await delivered({ name: 'A', value: Buffer.alloc(length - 1, 'x') }))?.length).toBe(length - 1);
    expect((await delivered({ name: 'A', value: Buffer.from(`${'x'.repeat(length)}\n${'y'.repeat(65_534)}`) }))?.length).toBe(
      length + 65_535,
    );
  });

  it('are left out by the kubelet where an optional one has no value, with a file that it can read', async () => {
    const spec: VariableSpec = { key: 'k', from, name: 'A', mode: 0o440, optional: true, suffix: '' };
    for (const secret of [undefined, { kind: 'text', text: '' } as const]) {
      const result = await renderVariables(spec, () => secret);
      const file = result.ok ? result.variables.files[0] : undefined;
      expect(await kubelet.parse(file?.bytes ?? Buffer.from('no'), 'A')).toEqual({ value: Buffer.alloc(0), error: '' });
    }
  });

  it('include the proof', async () => {
    expect((await kubelet.parse(CHECK_FILE.bytes, CHECK_FILE.path)).value.toString()).toBe('1');
  });
});

/** The list of these variables and what was put on it, or the words with which it was refused. */
async function listOf(list: readonly Variable[]) {
  const entries: { variable: Variable; spec: VariableSpec; rendered: RenderedVariables }[] = [];
  for (const variable of list) {
    const entry = await entryOf(variable, { lists: ['v'] });
    if (entry.ok) entries.push({ variable, spec: entry.spec, rendered: entry.rendered });
    else expectRefusal(entry.problems, variable);
  }
  const names = entries.map(({ variable }) => variable.name);
  const placed = placeVariables(entries, undefined);
  for (const [index, repeated] of names.entries())
    if (names.indexOf(repeated) < index) expect(placed.failures.map(({ what }) => what).join('\n')).toContain(`\`${repeated}\``);
  expect(placed.failures.length > 0).toBe(new Set(names).size < names.length);
  return {
    put: entries.map(({ variable }) => variable),
    refused: placed.failures.length > 0,
    file: placed.lists[0]?.file.bytes ?? Buffer.alloc(0),
  };
}

const text = ({ name: key, value: bytes }: Variable) => `${key}=${Buffer.from(bytes).toString('latin1')}`;

describe('variables by list', () => {
  it('read back the same or are refused by name, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(variables, async (list) => {
        const { put, refused, file } = await listOf(list);
        if (refused) return;
        expect(Buffer.from(file).toString('latin1').split('\0')).toEqual([...put.map(text), '']);
      }),
      { numRuns: 300 },
    );
  });
});

const noWrapper = await wrapperMissing(hostArchitecture());
describe.skipIf(noWrapper !== undefined)(`variables by the wrapper${noWrapper === undefined ? '' : ` (skipped: ${noWrapper})`}`, () => {
  let on: WrapperFolder;
  beforeAll(async () => {
    on = await wrapperFolder();
  });
  afterAll(() => on?.[Symbol.asyncDispose]());

  async function startedWith(file: Uint8Array): Promise<readonly string[]> {
    const path = join(on.folder, 'list');
    await writeFile(path, file);
    return reportOf(await on.run(path, [on.app, 'dump'], { env: {} })).env;
  }

  it('reach the app byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(variables, async (list) => {
        const { put, refused, file } = await listOf(list);
        // More than the kernel takes together is the wrapper's to tell.
        if (!refused && file.length < 1_000_000) expect(await startedWith(file)).toEqual(put.map(text));
      }),
      { numRuns: 150 },
    );
  });

  it('may fill what the kernel takes of one, to the byte', async () => {
    const { put, file } = await listOf([{ name: 'A', value: Buffer.alloc(131_072 - 3, 'x') }]);

    expect(put).toHaveLength(1);
    expect(await startedWith(file)).toEqual(put.map(text));
    expect((await listOf([{ name: 'A', value: Buffer.alloc(131_072 - 2, 'x') }])).put).toEqual([]);
  });

  it('may be none', async () => {
    expect(await startedWith((await listOf([])).file)).toEqual([]);
  });
});
