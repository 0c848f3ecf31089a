import { describe, expect, it } from 'vitest';
import { pageMarkdown, rowMarkdown } from '../../../bench/markdown.ts';
import { atMost, kilobytes, type Row, within } from '../../../bench/row.ts';

const row: Row = {
  title: 'One against another',
  method: 'By hand.',
  head: ['', 'time'],
  lines: [['a|b', '1.0 ms']],
  goals: [atMost('at most twice', 30, 10, 2), within('at most 16 kB', 4640, 16_000, kilobytes)],
};

describe('the page of benchmarks', () => {
  it('has a section for each row, with figures and goals', () => {
    expect(rowMarkdown(row)).toBe(
      [
        '## One against another',
        '',
        'By hand.',
        '',
        '|  | time |',
        '|---|---|',
        String.raw`| a\|b | 1.0 ms |`,
        '',
        '| goal | reached |  |',
        '|---|---|---|',
        '| at most twice | 3.00 × | **not met** |',
        '| at most 16 kB | 4.6 kB | met |',
      ].join('\n'),
    );
  });

  it('has no table of goals where there are none', () => {
    expect(rowMarkdown({ ...row, goals: [] })).not.toContain('goal');
  });

  it('says on what machine, before the rows in their order', () => {
    const page = pageMarkdown({ on: '2026-01-31', cores: '2' }, [row, { ...row, title: 'Another' }]);

    expect(page).toMatch(
      /^# Benchmarks\n\n[^\n]+\n\n\| measured \| {2}\|\n\|---\|---\|\n\| on \| 2026-01-31 \|\n\| cores \| 2 \|\n\n## One/,
    );
    expect(page.indexOf('## Another')).toBeGreaterThan(page.indexOf('## One'));
    expect(page.endsWith('\n')).toBe(true);
  });

  it('takes no figure for a goal that is not met', () => {
    expect(atMost('', Number.NaN, 1, 1).met).toBe(false);
    expect(within('', Number.NaN, 1, String).met).toBe(false);
  });
});
