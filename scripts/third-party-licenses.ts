import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

const PackageJson = z.object({ name: z.string(), version: z.string(), license: z.string().optional() });

/**
 * The licences of all packages of which a bundle holds code, as one text. Throws an error that names every package without
 * licence, since such a bundle must not be shipped.
 */
export async function thirdPartyLicenses(metafile: Pick<Metafile, 'outputs'>): Promise<string> {
  const notices = await Promise.all(bundledPackages(metafile).map(readNotice));
  const bare = notices.filter(({ license, texts }) => license === undefined && texts.length === 0);
  if (bare.length > 0) throw new Error(`these bundled packages have no licence: ${bare.map(({ title }) => title).join(', ')}`);
  const sections = notices
    .sort((a, b) => (a.title < b.title ? -1 : 1))
    .map(({ title, license, texts }) => [`${title} (${license ?? 'see below'})`, ...texts].join('\n\n'));
  return `${['This program contains code of the following packages.', ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** Folders of packages that give at least one byte to some output, nested ones apart. */
export function bundledPackages({ outputs }: Pick<Metafile, 'outputs'>): string[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders].sort();
}

async function readNotice(folder: string): Promise<{ title: string; license: string | undefined; texts: string[] }> {
  const { name, version, license } = PackageJson.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n').trim()));
  return { title: `${name} ${version}`, license, texts };
}
