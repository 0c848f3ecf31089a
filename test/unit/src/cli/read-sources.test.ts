import { describe, expect, it } from 'vitest';
import { readSources } from '../../../../src/cli/read-sources.ts';

const failing = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));
const files: Record<string, () => Promise<Uint8Array>> = {
  'a.yaml': async () => Buffer.from('\uFEFFa: ü\n'),
  dir: () => failing('EISDIR'),
  locked: () => failing('EACCES'),
  odd: () => failing('EIO'),
  latin: async () => Uint8Array.of(0xfc, 0x6e),
};
const io = {
  readFile: (path: string) => files[path]?.() ?? failing('ENOENT'),
  readStdin: async () => Buffer.from('b: 2'),
};

describe('readSources', () => {
  it('reads files and standard input without losing a byte', async () => {
    expect(await readSources(['a.yaml', '-'], io)).toEqual({
      sources: [
        { name: 'a.yaml', text: '\uFEFFa: ü\n' },
        { name: 'standard input', text: 'b: 2' },
      ],
      problems: [],
    });
  });

  it('lists every file that cannot be read, with what to do', async () => {
    const { problems } = await readSources(['none', 'dir', 'locked', 'odd', 'latin', 'a.yaml'], io);

    expect(problems).toEqual([
      'none: there is no such file',
      'dir: is a directory; name its files, or pipe them in: cat dir/*.yaml | keyfirst inject -f -',
      'locked: may not be read; check its permissions',
      'odd: cannot be read (EIO)',
      'latin: is not UTF-8 text',
    ]);
  });

  it('reads standard input once', async () => {
    expect((await readSources(['-', '-'], io)).problems).toEqual(['standard input (-) can be read only once']);
  });
});
