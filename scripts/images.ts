import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { buildPrograms } from './build-programs.ts';
import { nodeBaseLayer } from './node-base-layer.ts';
import { type LayerEntry, layerTar, ociArchive } from './oci.ts';
import { APP_DIRECTORY, IMAGE_CONFIG } from './program-image.ts';

/**
 * `npm run images`: builds both programs and packs them as OCI archives, `dist/images/{webhook,injector}.tar`, which a cluster
 * without a registry can load. The two share one base layer.
 */
const tell = (line: string) => process.stdout.write(`${line}\n`);
await buildPrograms(tell);

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const base = await layerTar(await nodeBaseLayer('node_modules/node/bin/node'));
tell(`base layer of both: ${megabytes(base)}`);

await mkdir('dist/images', { recursive: true });
for (const program of ['webhook', 'injector']) {
  const app = await layerTar(await appEntries(join('dist', program)));
  const name = `localhost/keyfirst/${program}:dev`;
  const archive = await ociArchive({ name, architecture, config: IMAGE_CONFIG, layers: [base, app] });
  await writeFile(`dist/images/${program}.tar`, archive);
  tell(`${name}: app layer ${megabytes(app)}, in dist/images/${program}.tar`);
}

/** Every file that the build wrote for the program, as the Dockerfiles copy them. */
async function appEntries(folder: string): Promise<LayerEntry[]> {
  const files = await readdir(folder);
  return Promise.all(files.map(async (file) => ({ path: posix.join(APP_DIRECTORY, file), content: await readFile(join(folder, file)) })));
}

function megabytes({ length }: Uint8Array): string {
  return `${(length / 1e6).toFixed(1)} MB`;
}
