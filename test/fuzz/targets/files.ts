import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { writeViews } from '../../../injector/write/write-views.ts';
import { filePathClashes, filePathProblem } from '../../../src/contract/file-path.ts';
import { anyText } from '../generate/text.ts';
import { holds } from '../laws.ts';
import { target } from '../target.ts';

const names = fc.oneof(
  fc.constantFrom('a', 'b', 'c/d', 'c/e', 'v', 'v/a', 'é', 'a\\b', '..', '../out', '/etc/x', 'a/../../out', '.keyfirst/env'),
  anyText,
);
/** What somebody else could have put into the volume before us, and where it leads. */
const plant = fc.record({
  at: fc.constantFrom('a', 'b', 'c', 'c/d', 'v', '..data', '..data_tmp', '..2026_11_22_17_03_05.abc123', 'v/..data', 'v/a', '..data/a'),
  kind: fc.constantFrom('link-out', 'link-file', 'folder', 'file', 'link-self', 'link-up', 'dangling'),
});

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'keyfirst-fuzz-files-')));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

export const files = target({
  name: 'files',
  parses: 'names of files and views on a real file system, with links and files planted in the volume',
  share: 4,
  inputs: fc.record({
    files: fc.array(names, { maxLength: 4 }),
    views: fc.array(names, { maxLength: 2 }),
    plants: fc.array(plant, { maxLength: 3 }),
  }),
  run({ files: wanted, views: folders, plants }) {
    const root = fs.mkdtempSync(join(folder, 'run-'));
    try {
      const [volume, outside] = [join(root, 'volume'), join(root, 'outside')];
      fs.mkdirSync(volume);
      fs.mkdirSync(outside);
      fs.writeFileSync(join(outside, 'kept'), 'kept', { mode: 0o600 });
      for (const one of plants) put(join(volume, one.at), one.kind, outside);
      const paths = [...new Set(wanted)].filter((path) => filePathProblem(path) === undefined);
      const clashing = new Set(filePathClashes(paths).map(({ index }) => index));
      const list = paths.filter((_path, index) => !clashing.has(index)).map((path) => ({ path, bytes: Buffer.from(path), mode: 0o440 }));
      const views = new Map([...folders.filter((view) => filePathProblem(view) === undefined), ''].map((view) => [view, list]));
      let done = false;
      try {
        writeViews([{ directory: volume, views }], fs, new Date(0));
        done = true;
      } catch (error) {
        // What the file system throws is told; anything else is a defect.
        if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
      }
      holds(fs.readdirSync(outside).join() === 'kept', `wrote outside: ${fs.readdirSync(outside).join()}`);
      const { mode } = fs.statSync(join(outside, 'kept'));
      holds(fs.readFileSync(join(outside, 'kept'), 'utf8') === 'kept' && (mode & 0o777) === 0o600, 'changed a file outside');
      holds(fs.readdirSync(root).length === 2, 'wrote beside the volume');
      if (!done) return;
      for (const { path } of list)
        holds(fs.readFileSync(join(volume, path), 'utf8') === Buffer.from(path).toString(), `${path} has other content`);
    } finally {
      fs.rmSync(root, { recursive: true, force: true });
    }
  },
});

/** Not through a link that was put there before. */
function put(path: string, kind: string, outside: string): void {
  try {
    if (fs.realpathSync(dirname(path)) !== dirname(path)) return;
    fs.rmSync(path, { recursive: true, force: true });
    if (kind === 'folder') fs.mkdirSync(path);
    else if (kind === 'file') fs.writeFileSync(path, 'planted');
    else {
      const to: Record<string, string> = {
        'link-out': outside,
        'link-file': join(outside, 'kept'),
        'link-self': path,
        'link-up': '..',
        dangling: join(outside, 'new'),
      };
      fs.symlinkSync(to[kind] ?? '', path);
    }
  } catch {
    // Its place is taken by an earlier one.
  }
}
