import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appEntries } from './app-entries.ts';
import { buildPrograms } from './build-programs.ts';
import { nodeBaseLayer } from './node-base-layer.ts';
import { layerTar, ociArchive } from './oci.ts';
import { IMAGE_CONFIG } from './program-image.ts';

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

function megabytes({ length }: Uint8Array): string {
  return `${(length / 1e6).toFixed(1)} MB`;
}
