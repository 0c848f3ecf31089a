import { describe, expect, it } from 'vitest';
import { sharedLibraries } from '../../../scripts/shared-libraries.ts';

describe('sharedLibraries', () => {
  it('takes libraries and the loader, not what the kernel supplies', () => {
    const ldd = [
      '\tlinux-vdso.so.1 (0x00007f351e2d4000)',
      '\tlibstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007f351e000000)',
      '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f351dd3e000)',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f351e2d6000)',
    ].join('\n');

    expect(sharedLibraries(ldd)).toEqual([
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib/x86_64-linux-gnu/libstdc++.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  it('names every library that this machine lacks', () => {
    expect(() => sharedLibraries('\tlibatomic.so.1 => not found\n\tlibm.so.6 => /lib/libm.so.6 (0x0)\n\tlibx.so => not found')).toThrow(
      'libatomic.so.1, libx.so',
    );
  });
});
