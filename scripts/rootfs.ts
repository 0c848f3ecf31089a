import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { appEntries } from './app-entries.ts';
import { buildPrograms } from './build-programs.ts';
import { nodeBaseLayer } from './node-base-layer.ts';
import { writeEntries } from './write-entries.ts';

/**
 * `npm run rootfs -- webhook`: builds a program and lays out all that its image holds as a folder, `dist/rootfs/`, from which
 * the Dockerfile copies. The same entries as those of `npm run images`.
 */
const ROOT = 'dist/rootfs';
const [program = '', ...others] = process.argv.slice(2);
if (program === '' || others.length > 0) {
  console.error('name one program, webhook or injector; with docker: --build-arg PROGRAM=webhook');
  process.exit(2);
}
await buildPrograms((line) => process.stdout.write(`${line}\n`), [program]);
await rm(ROOT, { recursive: true, force: true });
await writeEntries(ROOT, [...(await nodeBaseLayer('node_modules/node/bin/node')), ...(await appEntries(join('dist', program)))]);
