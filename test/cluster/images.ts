// images.ts PAUSE BUSYBOX FOLDER: packs the two small images of the test cluster, localhost/pause:1 and localhost/busybox:1.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LayerEntry, layerTar, ociArchive } from '../../scripts/oci.ts';

const [pause = '', busybox = '', folder = ''] = process.argv.slice(2);
const architecture = 'amd64';

const pauseLayer = await layerTar([{ path: '/pause', content: readFileSync(pause), mode: 0o755 }]);
writeFileSync(
  join(folder, 'pause.tar'),
  await ociArchive({ name: 'localhost/pause:1', architecture, config: { Entrypoint: ['/pause'] }, layers: [pauseLayer] }),
);

const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' })
  .split('\n')
  .filter((name) => name !== '' && name !== 'busybox');
const busyboxLayer = await layerTar([
  { path: '/bin/busybox', content: readFileSync(busybox), mode: 0o755 },
  ...applets.map((name): LayerEntry => ({ path: `/bin/${name}`, link: 'busybox' })),
  { path: '/tmp', directory: true, mode: 0o1777 },
]);
writeFileSync(
  join(folder, 'busybox.tar'),
  await ociArchive({ name: 'localhost/busybox:1', architecture, config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] }, layers: [busyboxLayer] }),
);
