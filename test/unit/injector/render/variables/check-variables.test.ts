import { describe, expect, it } from 'vitest';
import { checkVariables } from '../../../../../injector/render/variables/check-variables.ts';
import { parseReference } from '../../../../../src/contract/reference.ts';
import type { VariableSpec } from '../../../../../src/contract/secret-spec.ts';

const parsed = parseReference('dev://x');
const from = parsed.ok ? parsed.reference : {};
const spec = (more: Partial<VariableSpec>): VariableSpec => ({ key: 'k', from, mode: 0o400, ...more });
const problems = (...specs: Partial<VariableSpec>[]) => checkVariables(specs.map(spec)).map(({ what }) => what);

describe('check of variables', () => {
  it.each<[string, Partial<VariableSpec>]>([
    ['one name', { name: 'A', lists: [''] }],
    ['any name that Kubernetes takes', { name: '#a "b" \'c\' ~/..', lists: ['v'] }],
    ['names, each with a property', { names: { 'a.b': 'x', A: 'y' }, suffix: '.1', lists: ['', 'v'] }],
    ['a prefix', { prefix: 'DB_', lists: [''] }],
    ['no prefix', { prefix: '', lists: [''] }],
    ['a form of one value', { name: 'A', suffix: '', format: 'json', template: 't' }],
  ])('accepts %s', (_what, more) => {
    expect(problems(more)).toEqual([]);
  });

  it.each<[string, Partial<VariableSpec>, RegExp]>([
    ['no name', { lists: [''] }, /exactly one/],
    ['two kinds of names', { name: 'A', prefix: '', lists: [''] }, /exactly one/],
    ['an empty map of names', { names: {}, lists: [''] }, /`names` is empty/],
    ['an empty name', { name: '', lists: [''] }, /not the name of a variable/],
    ['a name with `=`', { name: 'A=B', lists: [''] }, /not the name of a variable/],
    ['a name with a line end', { names: { 'A\n': 'x' }, lists: [''] }, /not the name of a variable/],
    ['a name beyond ASCII', { name: 'Ä', suffix: '' }, /not the name of a variable/],
    ['an empty property', { names: { A: '' }, lists: [''] }, /`A` has no property/],
    ['a prefix that no name begins with', { prefix: 'ä', lists: [''] }, /cannot begin/],
    ['a form of several values', { names: { A: 'x' }, format: 'json', lists: [''] }, /one value, not several/],
    ['a template of several values', { prefix: '', template: 'x', lists: [''] }, /one value, not several/],
    ['nobody who takes it', { name: 'A' }, /neither/],
    ['no list', { name: 'A', lists: [] }, /list of lists is empty/],
    ['unknown names for fileKeyRef', { prefix: '', suffix: '' }, /known before/],
    ['a comment as name for fileKeyRef', { name: '#A', suffix: '' }, /`#A` cannot be taken from a file: .*comment/],
    ['a blank at the end of a name for fileKeyRef', { name: 'A ', suffix: '' }, /blanks/],
    ['a name for fileKeyRef that is no file', { name: '..data', suffix: '' }, /begin with `\.\.`/],
    ['a name for fileKeyRef that is too long', { name: 'A'.repeat(250), suffix: '.12345' }, /longer than 255/],
    ['a suffix with a folder', { name: 'A', suffix: '/b' }, /suffix `\/b` is no part/],
    ['a suffix with a control character', { name: 'A', suffix: '\t' }, /suffix/],
  ])('refuses %s', (_what, more, expected) => {
    expect(problems(more)).toContainEqual(expect.stringMatching(expected));
  });

  it('lets one name have several files, and several lists', () => {
    expect(problems({ name: 'A', suffix: '.1' }, { name: 'A', suffix: '.2', lists: ['v'] }, { name: 'A', lists: ['w'] })).toEqual([]);
  });

  it('refuses files that lie in the way of one another, or of the proof', () => {
    expect(problems({ names: { A: 'x', 'B/C': 'y' }, suffix: '.1' }, { name: 'A.1', suffix: '' }, { name: 'B', suffix: '' })).toEqual([
      "the variable's file `B/C.1` lies in the way of `B`",
      "the variable's file `A.1` lies in the way of `A.1`",
    ]);
    expect(problems({ name: 'KEYFIRST_CHECK', suffix: '' })).toEqual([
      "the variable's file `KEYFIRST_CHECK` lies in the way of `KEYFIRST_CHECK`",
    ]);
  });
});
