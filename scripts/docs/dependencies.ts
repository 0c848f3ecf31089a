import { build } from 'esbuild';
import { type BundledPackage, bundledPackages } from '../bundled-packages.ts';
import { injectorBundle, webhookBundle } from '../bundles.ts';

/** One row a package of which a program holds code: name, version, licence, programs. Bundles both once a process. */
export async function dependencyRows(): Promise<readonly string[][]> {
  rows ??= bundleBoth();
  return rows;
}

let rows: Promise<string[][]> | undefined;

async function bundleBoth(): Promise<string[][]> {
  const found = new Map<string, { part: BundledPackage; programs: string[] }>();
  for (const [program, options] of Object.entries({ webhook: webhookBundle('dist'), injector: injectorBundle('dist') })) {
    const { metafile } = await build({ ...options, metafile: true, write: false });
    for (const part of await bundledPackages(metafile)) {
      const key = `${part.name} ${part.version}`;
      const programs = found.get(key)?.programs ?? [];
      found.set(key, { part, programs: [...programs, program] });
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { part, programs }]) => [part.name, part.version, part.license ?? '', programs.join(', ')]);
}
