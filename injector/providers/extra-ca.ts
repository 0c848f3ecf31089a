import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { AgentOptions } from 'node:https';
import { ProviderError } from './provider-error.ts';

/**
 * Whom a store's HTTPS agent trusts: nothing to set without a folder, else Node's own certificates and every PEM certificate
 * in it. `directory` is an absolute path in the container, `root` its prefix. Throws a `ProviderError` of code `invalid`.
 */
export async function extraCa(directory: string | undefined, root: string): Promise<Pick<AgentOptions, 'ca'>> {
  if (directory === undefined) return {};
  const extra = readCertificates(directory, root);
  // Loaded only here: a store without extra certificates shall not pay for it.
  const tls = await import('node:tls');
  return { ca: [...tls.getCACertificates('default'), ...extra] };
}

/** Every file of the folder; a mounted ConfigMap's files are links, its own bookkeeping begins with `..`. */
function readCertificates(directory: string, root: string): string[] {
  const folder = root + directory;
  let certificates: string[];
  try {
    certificates = readdirSync(folder)
      .filter((name) => !name.startsWith('..') && statSync(`${folder}/${name}`).isFile())
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
      .filter((text) => text.includes('-----BEGIN CERTIFICATE-----'));
  } catch (cause) {
    throw new ProviderError('invalid', `the CA certificates in ${directory} cannot be read`, {
      cause,
      remedy: 'Check the ConfigMap named by the setting `ca-config-map`.',
    });
  }
  if (certificates.length > 0) return certificates;
  throw new ProviderError('invalid', 'the ConfigMap named by `ca-config-map` holds no PEM certificate', {
    remedy: 'Put the CA certificate in it, beginning with `-----BEGIN CERTIFICATE-----`.',
  });
}
