import type { Source } from './read-manifests.ts';

/** One YAML stream of several: each begins a document of its own, and none loses a byte. */
export function joinSources(sources: readonly Source[]): string {
  let output = '';
  for (const { text } of sources.filter((source) => source.text.trim() !== '')) {
    if (output !== '') {
      if (!output.endsWith('\n')) output += '\n';
      // Directives such as `%YAML` may only follow the end of a document; else a plain separator will do.
      if (/^%/m.test(text)) output += '...\n';
      else if (!/^\uFEFF?(\s*#.*\n|\s*\n)*---(\s|$)/.test(text)) output += '---\n';
    }
    output += text;
  }
  return output === '' || output.endsWith('\n') ? output : `${output}\n`;
}
