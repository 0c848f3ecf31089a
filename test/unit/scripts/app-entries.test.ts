import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appEntries } from '../../../scripts/app-entries.ts';
import { C_PROGRAMS } from '../../../scripts/build-wrapper.ts';
import { layerTar } from '../../../scripts/oci.ts';
import { APP_DIRECTORY, BIN_FOLDER } from '../../../scripts/program-image.ts';
import { WRAPPER_NAME } from '../../../src/contract/names.ts';
import { buildCheckContainer } from '../../../src/plan/check-container.ts';

describe('appEntries', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyfirst-app-'));
    mkdirSync(join(folder, BIN_FOLDER));
    const write = (path: string, mode: number) => {
      writeFileSync(join(folder, path), path);
      chmodSync(join(folder, path), mode);
    };
    write('main.js', 0o600);
    write('package.json', 0o664);
    for (const program of C_PROGRAMS) write(join(BIN_FOLDER, program), 0o555);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('puts every file where the image has the program, with its bytes', async () => {
    const entries = await appEntries(folder);

    expect(Object.fromEntries(entries.map((entry) => [entry.path, 'content' in entry && entry.content.toString()]))).toEqual({
      '/app/main.js': 'main.js',
      '/app/package.json': 'package.json',
      '/app/bin/keyfirst-exec': 'bin/keyfirst-exec',
      '/app/bin/keyfirst-check': 'bin/keyfirst-check',
    });
  });

  it('lets every user run what can be run, and read the rest, in the layer itself', async () => {
    const modes = new Map<string, string | undefined>();
    for await (const entry of Readable.from([await layerTar(await appEntries(folder))]).pipe(extract())) {
      modes.set(entry.header.name, entry.header.mode?.toString(8));
      entry.resume();
    }

    expect(Object.fromEntries(modes)).toEqual({
      app: '755',
      'app/bin': '755',
      'app/bin/keyfirst-check': '555',
      'app/bin/keyfirst-exec': '555',
      'app/main.js': '644',
      'app/package.json': '644',
    });
  });
});

describe('the programs in C of the image', () => {
  const built = C_PROGRAMS.map((program) => `${APP_DIRECTORY}/${BIN_FOLDER}/${program}`);

  it('are the ones that pods start', () => {
    const check = buildCheckContainer({ image: 'i', ownership: {} } as Parameters<typeof buildCheckContainer>[0]);

    expect(check.command).toEqual([built[1]]);
    expect(built[0]).toBe(`/app/bin/${WRAPPER_NAME}`);
  });
});
