import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { injectorBundle, webhookBundle } from './bundles.ts';
import { thirdPartyLicenses } from './third-party-licenses.ts';

/** Bundles both programs into `dist/<program>/`, each folder whole as it goes into its image. Tells one line about each. */
export async function buildPrograms(tell: (line: string) => void): Promise<void> {
  await buildProgram('dist/webhook', 'module', webhookBundle('dist/webhook'), tell);
  await buildProgram('dist/injector', 'commonjs', injectorBundle('dist/injector'), tell);
}

async function buildProgram(
  folder: string,
  type: 'module' | 'commonjs',
  options: BuildOptions,
  tell: (line: string) => void,
): Promise<void> {
  const { metafile, outputFiles } = await build({ ...options, metafile: true, write: false });
  const licenses = await thirdPartyLicenses(metafile);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  // The project is a module; without its own file, a bundle would be taken for one too, or Node would look twice.
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ type })}\n`);
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenses);
  if (existsSync('LICENSE')) await copyFile('LICENSE', join(folder, 'LICENSE'));
  const total = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
  tell(`${folder}: ${outputFiles.length} files, ${Math.round(total / 1000)} kB`);
}
