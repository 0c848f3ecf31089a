import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PAGES = globSync('**/*.md', { exclude: (name) => ['node_modules', '.git', 'dist'].includes(name) });

/** Links to places of the project: path, and the heading behind `#`. */
function localLinks(markdown: string): [string, string | undefined][] {
  const prose = markdown.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', heading] = target.split('#');
    return [[path, heading]];
  });
}

/** The anchors that GitHub gives a page's headings. */
function anchors(markdown: string): Set<string> {
  const headings = [...markdown.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const text = readFileSync(page, 'utf8');
    const broken = localLinks(text).filter(([path, heading]) => {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(target)) return true;
      return heading !== undefined && target.endsWith('.md') && !anchors(readFileSync(target, 'utf8')).has(heading);
    });

    expect(broken.map(([path, heading = '']) => `${path}#${heading}`)).toEqual([]);
  });
});
