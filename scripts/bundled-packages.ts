import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

const PackageJson = z.object({ name: z.string(), version: z.string(), license: z.string().optional() });
const Lock = z.object({ packages: z.record(z.string(), z.object({ integrity: z.string().optional() })) });

/** A package of which a bundle holds code. */
export interface BundledPackage {
  /** Where it is installed, from the project's root. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
  /** `sha512-<base64>` of its archive, as the lock file has it. */
  readonly integrity: string | undefined;
}

/**
 * Every package that gives at least one byte to some output, sorted by name; one that is bundled in two versions is there twice.
 * Throws an error that names every package whose licence is not among those that `LICENSES` allows.
 */
export async function bundledPackages(metafile: Pick<Metafile, 'outputs'>): Promise<BundledPackage[]> {
  const lock = Lock.parse(JSON.parse(await readFile('package-lock.json', 'utf8')));
  const packages = await Promise.all(
    packageFolders(metafile).map(async (folder) => {
      const { name, version, license } = PackageJson.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
      return { folder, name, version, license, integrity: lock.packages[folder]?.integrity };
    }),
  );
  const refused = packages.filter(({ license }) => license === undefined || !LICENSES.has(license));
  if (refused.length > 0) {
    const list = refused.map(({ name, version, license }) => `${name} ${version} (${license ?? 'none named'})`).join(', ');
    throw new Error(
      `these bundled packages have a licence that nobody has looked at yet: ${list}; see LICENSES in scripts/bundled-packages.ts`,
    );
  }
  // One that is installed in two places is one package.
  const byName = new Map(packages.map((found) => [`${found.name} ${found.version}`, found]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

/** Those that let a program be given away under Apache 2.0 with their text beside it. */
const LICENSES = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  '0BSD',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BlueOak-1.0.0',
  'BSD-3-Clause',
  '(BSD-3-Clause OR GPL-2.0)',
  'Unlicense',
]);

/** Folders of those packages, nested ones apart. */
export function packageFolders({ outputs }: Pick<Metafile, 'outputs'>): string[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders].sort();
}
