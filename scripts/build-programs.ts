import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import * as z from 'zod';
import { buildWrapper, C_PROGRAMS } from './build-wrapper.ts';
import { bundledPackages } from './bundled-packages.ts';
import { injectorBundle, injectorStart, webhookBundle } from './bundles.ts';
import { BIN_FOLDER } from './program-image.ts';
import { sbom } from './sbom.ts';
import { thirdPartyLicenses } from './third-party-licenses.ts';

type Tell = (line: string) => void;

/** The programs that have images, and how each is built. */
const PROGRAMS: Readonly<Record<string, (tell: Tell) => Promise<void>>> = {
  webhook: (tell) => bundleProgram('dist/webhook', 'module', [webhookBundle('dist/webhook')], tell),
  async injector(tell) {
    await bundleProgram('dist/injector', 'commonjs', [injectorBundle('dist/injector'), injectorStart('dist/injector')], tell);
    execFileSync(process.execPath, ['scripts/code-cache.cjs', 'dist/injector']);
    await compilePrograms(join('dist/injector', BIN_FOLDER), tell);
  },
};

/**
 * Builds programs, all if none is named, into `dist/<program>/`, each folder whole as it goes into its image. Tells one line
 * about each part. Throws on an unknown name, and where the injector's programs in C find no compiler.
 */
export async function buildPrograms(tell: Tell, names: readonly string[] = []): Promise<void> {
  const known = Object.keys(PROGRAMS);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no such program: ${unknown.join(', ')}; there are ${known.join(' and ')}`);
  for (const [name, make] of Object.entries(PROGRAMS)) if (names.length === 0 || names.includes(name)) await make(tell);
}

async function bundleProgram(folder: string, type: 'module' | 'commonjs', bundles: readonly BuildOptions[], tell: Tell): Promise<void> {
  const built = await Promise.all(bundles.map((options) => build({ ...options, metafile: true, write: false })));
  const outputFiles = built.flatMap((bundle) => bundle.outputFiles);
  const outputs = Object.assign({}, ...built.map(({ metafile }) => metafile.outputs));
  const packages = await bundledPackages({ outputs });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  // The project is a module; without its own file, a bundle would be taken for one too, or Node would look twice.
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ type })}\n`);
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), await thirdPartyLicenses(packages));
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile('package.json', 'utf8')));
  await writeFile(join(folder, 'sbom.cdx.json'), sbom({ program: basename(folder), version, node: process.versions.node, packages }));
  if (existsSync('LICENSE')) await copyFile('LICENSE', join(folder, 'LICENSE'));
  const total = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
  tell(`${folder}: ${outputFiles.length} files, ${Math.round(total / 1000)} kB`);
}

/** For this machine's architecture: an image for another is built on such a machine, or emulated. */
async function compilePrograms(folder: string, tell: Tell): Promise<void> {
  const sizes: string[] = [];
  for (const program of C_PROGRAMS) {
    const path = await buildWrapper(folder, { program });
    // Every user runs them, nobody changes them.
    await chmod(path, 0o555);
    sizes.push(`${program} ${((await stat(path)).size / 1000).toFixed(1)} kB`);
  }
  tell(`${folder}: ${sizes.join(', ')}`);
}
