import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type Application, EntraDouble } from './azure-entra.ts';
import type { Jwks } from './azure-jwt.ts';
import { type VaultOptions, VaultsDouble } from './azure-vaults.ts';
import { localCertificate } from './tls.ts';

/** Answers a request in the double's place, true, or lets it through, false. `count` numbers the requests of one path from 1. */
export type AzureFault = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

export interface AzureDoubleOptions {
  readonly applications: readonly Application[];
  readonly vaults: Readonly<Record<string, VaultOptions>>;
  /** The signing keys of an issuer of projected tokens, for example `fetchJwks`. */
  readonly keysOf: (issuer: string) => Promise<Jwks>;
  /** Where to listen; default a free port of 127.0.0.1. */
  readonly listen?: { readonly host: string; readonly port?: number };
  /** Name or address that clients use; default the listening one. */
  readonly name?: string;
  /** Serving certificate for that name, PEM; default one for localhost and 127.0.0.1. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Seconds that access tokens live; default an hour. */
  readonly tokenLife?: number;
}

export interface AzureDouble extends AsyncDisposable {
  /** Base URL of Entra ID: the setting `authority`. */
  readonly origin: string;
  /** The setting `endpoint`; `https://<vault>.<name>` works as well where DNS knows it. */
  readonly endpoint: string;
  /** What clients must trust, PEM. */
  readonly ca: string;
  readonly vaults: VaultsDouble;
  /** `<method> <path> <status>` of every request, in order. */
  readonly asked: string[];
  fault: AzureFault;
}

/**
 * Entra ID and Key Vault in one HTTPS server. The token endpoint verifies client assertions for real against the issuer's keys;
 * the vaults take only its tokens. `https://…/<vault>/secrets/…` or `https://<vault>.…/secrets/…`.
 */
export async function startAzureDouble(options: AzureDoubleOptions): Promise<AzureDouble> {
  const tls = options.tls ?? (await localCertificate());
  const entra = new EntraDouble(options);
  const vaults = new VaultsDouble(entra, options.vaults);
  const asked: string[] = [];
  const counts = new Map<string, number>();

  const server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    const url = request.url ?? '/';
    const path = url.split('?')[0] ?? '';
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    response.on('close', () => asked.push(`${request.method} ${path} ${response.writableFinished ? response.statusCode : 'broken'}`));
    if (double.fault(request, response, count)) return;
    void respond(request, response, url);
  });

  async function respond(request: IncomingMessage, response: ServerResponse, url: string): Promise<void> {
    try {
      const { status, body, headers = {} } = await answer(request, url);
      response.writeHead(status, body === undefined ? headers : { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(body === undefined ? '' : JSON.stringify(body));
    } catch {
      response.writeHead(500).end();
    }
  }

  async function answer(request: IncomingMessage, url: string) {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { pathname, searchParams: query } = new URL(url, double.origin);
    const method = request.method ?? 'GET';
    const fromEntra = await entra.answer(double.origin, method, pathname, body);
    if (fromEntra !== undefined) return fromEntra;
    const [, first = '', rest = ''] = /^\/([^/]*)(\/.*)?$/.exec(pathname) ?? [];
    const byPath = vaults.has(first.toLowerCase());
    const vault = byPath ? first : (request.headers.host?.split('.')[0] ?? '');
    return vaults.answer(double.origin, vault.toLowerCase(), {
      method,
      path: byPath ? rest : pathname,
      query,
      authorization: request.headers.authorization,
      body,
    });
  }

  const { host, port = 0 } = options.listen ?? { host: '127.0.0.1' };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `https://${options.name ?? host}:${address.port}`;
  const double: AzureDouble = {
    origin,
    endpoint: `${origin}/{vault}`,
    ca: tls.certificate,
    vaults,
    asked,
    fault: () => false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}
