import { describe, expect, it } from 'vitest';
import { groupReads } from '../../../../injector/fetch/group-reads.ts';
import { parseReference } from '../../../../src/contract/reference.ts';
import type { SecretSpec } from '../../../../src/contract/secret-spec.ts';

function spec(text: string): SecretSpec {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return { key: text, file: 'f', from: parsed.reference, mode: 0o400 };
}

describe('groups of reads', () => {
  it('reads each distinct object once, by store', () => {
    const references = [
      'vault://a#x',
      'dev://a',
      'vault://a#y',
      'vault://a?version=1',
      'vault://b',
      'vault://a',
      'x://a?a=1&b=2',
      'x://a?b=2&a=1',
    ];

    const groups = groupReads(references.map(spec));

    expect([...groups].map(([store, reads]) => [store, reads.map((read) => read.specs.map(({ key }) => key))])).toEqual([
      ['vault', [['vault://a#x', 'vault://a#y', 'vault://a'], ['vault://a?version=1'], ['vault://b']]],
      ['dev', [['dev://a']]],
      ['x', [['x://a?a=1&b=2', 'x://a?b=2&a=1']]],
    ]);
  });

  it('shares reads between the sources and passwords of entries, each entry once a read', () => {
    const of = (text: string) => {
      const { from } = spec(text);
      return from as never;
    };
    const entries: SecretSpec[] = [
      { ...spec('dev://a#x'), key: 'one' },
      { key: 'two', file: 'f', from: { x: of('dev://a#x'), y: of('dev://a#y'), z: of('vault://z') }, mode: 0o400 },
      { ...spec('vault://cert'), key: 'three', password: of('dev://a#password') },
    ];

    const groups = groupReads(entries);

    expect(
      [...groups].map(([store, reads]) => [store, reads.map((read) => [read.reference, ...read.specs.map(({ key }) => key)])]),
    ).toEqual([
      ['dev', [['dev://a#x', 'one', 'two', 'three']]],
      [
        'vault',
        [
          ['vault://z', 'two'],
          ['vault://cert', 'three'],
        ],
      ],
    ]);
  });
});
