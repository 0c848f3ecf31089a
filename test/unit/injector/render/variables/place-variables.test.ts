import { describe, expect, it } from 'vitest';
import { placeVariables } from '../../../../../injector/render/variables/place-variables.ts';
import { type RenderedVariables, renderVariables } from '../../../../../injector/render/variables/render-variables.ts';
import { parseReference } from '../../../../../src/contract/reference.ts';
import type { VariableSpec } from '../../../../../src/contract/secret-spec.ts';

const PROGRAM = Buffer.from('program');

/** The key is also the value's reference; the secret is the map `{A: a, B: b}` unless it is called `absent`. */
async function entry(key: string, more: Partial<VariableSpec>): Promise<{ spec: VariableSpec; rendered: RenderedVariables | undefined }> {
  const parsed = parseReference(`dev://${key}`);
  if (!parsed.ok) throw new Error(parsed.problem);
  const spec: VariableSpec = { key, from: parsed.reference, mode: 0o440, optional: true, ...more };
  const result = await renderVariables(spec, ({ path }) => (path === 'absent' ? undefined : { kind: 'map', map: { A: 'a', B: 'b' } }));
  return { spec, rendered: result.ok ? result.variables : undefined };
}

function listsOf(placed: ReturnType<typeof placeVariables>): [string | undefined, string, string][] {
  return placed.lists.map(({ file, views }) => [views[0], file.path, Buffer.from(file.bytes).toString()]);
}

describe('places of variables', () => {
  it('joins the variables of a list in their order, with the wrapper beside each list', async () => {
    const entries = [
      await entry('one', { names: { X: 'A' }, lists: ['', 'v/w'] }),
      await entry('two', { prefix: 'P_', lists: ['v/w'] }),
      await entry('three', { names: { Z: 'B' }, suffix: '' }),
    ];

    const placed = placeVariables(entries, () => PROGRAM);

    expect(placed.failures).toEqual([]);
    expect(listsOf(placed)).toEqual([
      ['', '.keyfirst/env', 'X=a\0'],
      ['', '.keyfirst/exec', 'program'],
      ['v/w', '.keyfirst/env', 'X=a\0P_A=a\0P_B=b\0'],
      ['v/w', '.keyfirst/exec', 'program'],
    ]);
    expect(placed.files.map(({ path }) => path)).toEqual(['KEYFIRST_CHECK', 'Z']);
  });

  it('writes a list without any variable, and files that say nothing, for what is left out', async () => {
    const placed = placeVariables([await entry('absent', { names: { X: 'A' }, lists: ['v'], suffix: '' })], undefined);

    expect(listsOf(placed)).toEqual([['v', '.keyfirst/env', '']]);
    expect(placed.files.map(({ path }) => path)).toEqual(['KEYFIRST_CHECK', 'X']);
  });

  it('has nothing for the variables volume when nobody takes any from there', async () => {
    expect(placeVariables([await entry('one', { names: { X: 'A' }, lists: [''] })], undefined).files).toEqual([]);
  });

  it('refuses a name that two entries set in one list, each once', async () => {
    const entries = [
      await entry('one', { names: { A: 'A', X: 'A' }, lists: ['', 'v'] }),
      await entry('two', { prefix: '', lists: ['', 'v'] }),
      await entry('three', { names: { X: 'B' }, lists: ['v'] }),
      await entry('four', { names: { X: 'B' }, lists: ['w'] }),
    ];

    expect(placeVariables(entries, undefined).failures).toMatchObject([
      {
        code: 'value',
        key: 'two',
        reference: 'dev://two',
        what: 'variable `A`: one sets it already',
        remedy: expect.stringContaining('`prefix`'),
      },
      { key: 'three', what: 'variable `X`: one sets it already' },
    ]);
  });

  it('says what to do when the wrapper is missing, and does not look for it without need', async () => {
    const missing = () => {
      throw Object.assign(new Error('no'), { code: 'ENOENT' });
    };

    expect(placeVariables([await entry('one', { names: { X: 'A' }, lists: ['', 'v'] })], missing).failures).toMatchObject([
      { code: 'bug', what: expect.stringMatching(/`keyfirst-exec`.*\(ENOENT\)/), remedy: expect.stringContaining('file-key-ref') },
    ]);
    expect(placeVariables([await entry('one', { names: { X: 'A' }, suffix: '' })], missing).failures).toEqual([]);
  });
});
