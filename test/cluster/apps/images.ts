// images.ts GO NO_LIBC FOLDER: packs images of apps that take environment variables, `localhost/app/<name>:1`, each with
// nothing in it but what its program needs: no shell, no tools. Its entry point is the program; arguments are as in main.go.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nodeBaseLayer } from '../../../scripts/node-base-layer.ts';
import { type ImageConfig, type LayerEntry, layerTar, ociArchive } from '../../../scripts/oci.ts';
import { NODE_PATH } from '../../../scripts/program-image.ts';
import { sharedLibraries } from '../../../scripts/shared-libraries.ts';

const [go = '', noLibc = '', folder = ''] = process.argv.slice(2);
const here = import.meta.dirname;
const program = (path: string, file: string): LayerEntry => ({ path, content: readFileSync(file), mode: 0o755 });
const asOnThisMachine = (file: string): LayerEntry => program(file, file);
const librariesOf = (file: string): LayerEntry[] => sharedLibraries(execFileSync('ldd', [file], { encoding: 'utf8' })).map(asOnThisMachine);

await write('scratch', { Entrypoint: ['/app'] }, [[program('/app', noLibc)]]);
await write('distroless', { Entrypoint: ['/app'] }, [[program('/app', go), ...librariesOf(go)]]);
// The base of our own images comes first, so that a cluster which has it takes it only once.
await write('node', { Entrypoint: [NODE_PATH, '/app.js'], Env: ['PATH=/usr/local/bin'] }, [
  await nodeBaseLayer(process.execPath),
  [program('/app.js', join(here, 'app.js'))],
]);
const { executable, files: modules } = python(join(here, 'app.py'));
await write('python', { Entrypoint: [executable, '-IS', '/app.py'], Env: [`PATH=${dirname(executable)}`] }, [
  [program('/app.py', join(here, 'app.py')), { path: join(dirname(executable), 'python3'), link: basename(executable) }, ...modules],
]);

async function write(name: string, config: ImageConfig, layers: readonly LayerEntry[][]): Promise<void> {
  const image = {
    name: `localhost/app/${name}:1`,
    architecture: 'amd64',
    config,
    layers: await Promise.all(layers.map(layerTar)),
  } as const;
  writeFileSync(join(folder, `${name}.tar`), await ociArchive(image));
}

/** This machine's Python with the modules that the script loads, where Python looks for them. */
function python(script: string): { executable: string; files: LayerEntry[] } {
  const tell = [
    'import os, runpy, sys',
    'runpy.run_path(sys.argv.pop(1))',
    'for module in list(sys.modules.values()):',
    '    print("file", os.path.realpath(getattr(module, "__file__", None) or ""))',
    'print("file", os.path.realpath(sys._base_executable))',
  ].join('\n');
  // Without an environment, as in an empty image: which modules it loads depends on the locale.
  const python3 = execFileSync('python3', ['-c', 'import os, sys; print(os.path.realpath(sys._base_executable))'], {
    encoding: 'utf8',
  }).trim();
  const told = execFileSync(python3, ['-IS', '-c', tell, script], { encoding: 'utf8', env: {} });
  const files = [...new Set(told.split('\n').flatMap((line) => /^file (\/.*\.(?:py|so)|\/.*\/python[^/]*)$/.exec(line)?.[1] ?? []))];
  const native = files.filter((file) => !file.endsWith('.py'));
  return {
    executable: python3,
    files: [...files.map(asOnThisMachine), ...native.flatMap(librariesOf)].filter(({ path }) => path !== script),
  };
}
