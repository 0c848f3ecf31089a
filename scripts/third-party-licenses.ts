import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundledPackage } from './bundled-packages.ts';

/** The licences of all packages of which a bundle holds code, as one text. */
export async function thirdPartyLicenses(packages: readonly Omit<BundledPackage, 'integrity'>[]): Promise<string> {
  const sections = await Promise.all(
    packages.map(async ({ folder, name, version, license }) =>
      [`${name} ${version} (${license ?? 'see below'})`, ...(await licenseTexts(folder))].join('\n\n'),
    ),
  );
  return `${['This program contains code of the following packages.', ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

async function licenseTexts(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  return Promise.all(files.map(async (file) => (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n').trim()));
}
