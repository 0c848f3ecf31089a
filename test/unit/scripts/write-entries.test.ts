import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeEntries } from '../../../scripts/write-entries.ts';

let folder: string;
let umask: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfirst-entries-'));
  umask = process.umask(0o077);
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true });
});

const mode = (path: string) => (statSync(join(folder, path)).mode & 0o7777).toString(8);

it('writes files, folders and links with the modes of the image, whatever the umask', async () => {
  await writeEntries(join(folder, 'root'), [
    { path: '/usr/local/bin/node', content: Buffer.from('binary'), mode: 0o755 },
    { path: '/etc/passwd', content: Buffer.from('root:x') },
    { path: '/tmp', directory: true, mode: 0o1777 },
    { path: '/lib/libm.so', link: 'libm.so.6' },
  ]);

  expect(readFileSync(join(folder, 'root/usr/local/bin/node'), 'utf8')).toBe('binary');
  expect(readlinkSync(join(folder, 'root/lib/libm.so'))).toBe('libm.so.6');
  expect(
    Object.fromEntries(
      ['root', 'root/usr/local', 'root/usr/local/bin/node', 'root/etc/passwd', 'root/tmp'].map((path) => [path, mode(path)]),
    ),
  ).toEqual({
    root: '755',
    'root/usr/local': '755',
    'root/usr/local/bin/node': '755',
    'root/etc/passwd': '644',
    'root/tmp': '1777',
  });
});
