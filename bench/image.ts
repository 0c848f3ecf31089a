import { stat } from 'node:fs/promises';
import { appEntries } from '../scripts/app-entries.ts';
import { layerTar } from '../scripts/oci.ts';
import { type Bench, kilobytes, megabytes, within } from './row.ts';

const CORE = ['main.js', 'app.js'];

/** How large the injector's image is beyond Node. */
export const image: Bench = async () => {
  const layer = await layerTar(await appEntries('dist/injector'));
  const sizes = await Promise.all(CORE.map(async (file) => (await stat(`dist/injector/${file}`)).size));
  return {
    title: "The injector's image",
    method:
      'The layer that the build adds to the Node base, not compressed, as `npm run images` packs it: the bundle with its code caches, licences, the programs in C.',
    head: ['', 'size'],
    lines: [
      ['layer beyond the Node base', megabytes(layer.length)],
      [`of it what every start loads, without code caches: ${CORE.join(', ')}`, kilobytes(sizes.reduce((sum, size) => sum + size, 0))],
    ],
    goals: [within('at most 10 MB beyond the Node base', layer.length, 10e6, megabytes)],
  };
};
