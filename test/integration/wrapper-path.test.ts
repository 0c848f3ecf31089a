import { copyFile, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostArchitecture } from '../../scripts/build-wrapper.ts';
import { goLookPath, reportOf, type WrapperFolder, wrapperFolder } from '../support/wrapper.ts';
import { goMissing, wrapperMissing } from '../support/wrapper-tools.ts';

const missing = (await wrapperMissing(hostArchitecture())) ?? (await goMissing());

/** runc looks for a container's command with Go's exec.LookPath, so what this finds the wrapper must find, and nothing else. */
describe.skipIf(missing !== undefined)(`the search in PATH${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let on: WrapperFolder;
  let root: string;
  let lookPath: Awaited<ReturnType<typeof goLookPath>>;

  beforeAll(async () => {
    on = await wrapperFolder();
    lookPath = await goLookPath(on.folder);
    root = join(on.folder, 'root');
    await makeTree();
  });
  afterAll(() => on[Symbol.asyncDispose]());

  /** Below `root`, which is also the working directory. */
  async function makeTree(): Promise<void> {
    for (const folder of [
      'bin',
      'other',
      'plain',
      'folder/tool',
      'link',
      'dangling',
      'loop',
      'socket',
      'nested/deep',
      'nested/bin',
      'empty',
    ])
      await mkdir(join(root, folder), { recursive: true });
    await copyFile(on.app, join(root, 'bin/tool'));
    for (const copy of ['other/tool', 'other/second', 'nested/bin/tool', 'tool', 'here', '..tool'])
      await link(join(root, 'bin/tool'), join(root, copy));
    await writeFile(join(root, 'plain/tool'), 'text', { mode: 0o644 });
    await writeFile(join(root, 'file'), 'text');
    await symlink('../bin/tool', join(root, 'link/tool'));
    await symlink('nowhere', join(root, 'dangling/tool'));
    await symlink('tool', join(root, 'loop/tool'));
    await symlink('nested/deep', join(root, 'elsewhere'));
  }

  /** The path that each executes, or undefined. PATH and command may say {root}. */
  async function compare(path: string | null, command: string) {
    const question = { path: path?.replaceAll('{root}', root) ?? null, command: command.replaceAll('{root}', root) };
    const [go] = await lookPath(root, [question]);
    const env = question.path === null ? {} : { PATH: question.path };
    const outcome = await on.run(await on.variables({}), [question.command], { cwd: root, env });
    const report = outcome.code === 0 ? reportOf(outcome) : undefined;
    expect(report?.argv[0] ?? question.command).toBe(question.command);
    expect(report?.path ?? '', `${JSON.stringify(question)}: Go says ${go?.error}, the wrapper ${outcome.stderr}`).toBe(go?.found);
    if (report === undefined) expect([126, 127]).toContain(outcome.code);
    return { found: report?.path.replace(root, '{root}'), code: outcome.code };
  }

  it.each([
    // PATH, command, what is executed or the exit code
    ['{root}/bin', 'tool', '{root}/bin/tool'],
    ['{root}/empty:{root}/nowhere:{root}/bin:{root}/other', 'tool', '{root}/bin/tool'],
    ['{root}/other:{root}/bin', 'tool', '{root}/other/tool'],
    ['{root}/plain:{root}/other', 'tool', '{root}/other/tool'],
    ['{root}/folder:{root}/other', 'tool', '{root}/other/tool'],
    ['{root}/dangling:{root}/loop:{root}/file:{root}/other', 'tool', '{root}/other/tool'],
    ['{root}/link', 'tool', '{root}/link/tool'],
    ['{root}/bin/', 'tool', '{root}/bin/tool'],
    ['/{root}//bin//', 'tool', '{root}/bin/tool'],
    ['{root}/./other/../bin/.', 'tool', '{root}/bin/tool'],
    // As text, not as the disk has it: `elsewhere` leads to nested/deep, and nested/bin/tool exists too.
    ['{root}/elsewhere/../bin', 'tool', '{root}/bin/tool'],
    ['{root}/nowhere/../bin', 'tool', '{root}/bin/tool'],
    ['{root}/file/../bin', 'tool', '{root}/bin/tool'],
    ['/../../..{root}/bin', 'tool', '{root}/bin/tool'],
    // Relative to the working directory: refused, also where a later folder has the command.
    ['', 'here', 127],
    [null, 'here', 127],
    [':{root}/bin', 'here', 126],
    [':{root}/bin', 'tool', 126],
    [':{root}/other', 'second', '{root}/other/second'],
    ['{root}/bin:', 'here', 126],
    ['{root}/empty::{root}/bin', 'tool', 126],
    ['.', 'tool', 126],
    ['bin', 'tool', 126],
    ['empty/..', 'here', 126],
    ['../root/bin', 'tool', 126],
    ['{root}/bin:.', 'tool', '{root}/bin/tool'],
    // Nothing that could be executed.
    ['{root}/bin:{root}/other', 'nothing', 127],
    ['{root}/plain', 'tool', 126],
    ['{root}/folder', 'tool', 126],
    ['{root}/dangling', 'tool', 127],
    ['{root}/loop', 'tool', 126],
    ['{root}/file', 'tool', 127],
    // Names with a slash are not looked for, and names of folders are none.
    ['{root}/other', 'bin/tool', 'bin/tool'],
    ['{root}/other', './bin/tool', './bin/tool'],
    ['{root}/other', './bin/../bin//tool', './bin/../bin//tool'],
    ['{root}/other', '{root}/bin/tool', '{root}/bin/tool'],
    [null, './tool', './tool'],
    ['{root}/bin', './plain/tool', 126],
    ['{root}/bin', './folder/tool', 126],
    ['{root}/bin', './dangling/tool', 127],
    ['{root}/bin', './tool/', 127],
    ['{root}/bin', 'bin/', 126],
    ['{root}/bin', '/', 126],
    ['{root}/bin', '', 126],
    ['{root}/bin', '.', 126],
    ['{root}/bin', '..', 126],
    ['{root}', '..tool', '{root}/..tool'],
  ])('PATH=%s, %s: %s', async (path, command, expected) => {
    const { found, code } = await compare(path, command);
    expect(found ?? code).toBe(expected);
  });

  it.each([
    ['{root}/bin', 'nothing'],
    ['{root}/bin', './nothing'],
    ['{root}/plain', 'tool'],
    ['{root}/bin', './plain/tool'],
    ['{root}/bin', './folder/tool'],
  ])('ends with the same code as a shell does: PATH=%s, %s', async (path, command) => {
    const env = { PATH: path.replaceAll('{root}', root) };
    const file = await on.variables({});
    const wrapped = await on.run(file, [command], { cwd: root, env });
    const shell = await on.run(file, ['/bin/sh', '-c', 'exec "$1"', 'sh', command], { cwd: root, env });
    expect(wrapped.code).toBe(shell.code);
  });

  it('finds what Go finds, whatever PATH is', async () => {
    const part = fc.constantFrom(
      'bin',
      'other',
      'plain',
      'folder',
      'nested',
      'deep',
      'elsewhere',
      'file',
      'nowhere',
      'tool',
      '.',
      '..',
      '',
    );
    const folder = fc
      .tuple(fc.constantFrom('{root}/', '{root}/', '/', ''), fc.array(part, { maxLength: 5 }))
      .map(([start, parts]) => start + parts.join('/'));
    const path = fc.option(
      fc.array(folder, { maxLength: 5 }).map((folders) => folders.join(':')),
      { freq: 20 },
    );
    const command = fc.constantFrom(
      'tool',
      'tool',
      'tool',
      'second',
      'here',
      'bin',
      '..tool',
      './tool',
      'nested/../bin/tool',
      'elsewhere/../bin/tool',
      '..',
      '',
    );
    await fc.assert(
      fc.asyncProperty(path, command, async (inPath, named) => {
        await compare(inPath, named);
      }),
      { numRuns: 400 },
    );
  });
});
