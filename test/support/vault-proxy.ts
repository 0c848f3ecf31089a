import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { generate } from 'selfsigned';
import { listen } from './vault-login.ts';

/** Answers a request in Vault's place, true, or lets it through, false. `count` numbers the requests of one path from 1. */
export type Fault = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

export interface FaultyVault extends AsyncDisposable {
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

/** A proxy before Vault that misbehaves as told. */
export async function startFaultyVault(vault: string, fault: Fault): Promise<FaultyVault> {
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    if (fault(request, response, count)) return;
    const upstream = forward(vault + path, { method: request.method ?? 'GET', headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  const address = await listen(server);
  return {
    address,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Vault behind TLS with a self-signed certificate for one name. */
export async function startTlsVault(vault: string, host: string): Promise<AsyncDisposable & { address: string; certificate: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: host }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });
  const server = createTlsServer({ cert, key }, (request, response) => {
    const upstream = forward(vault + (request.url ?? ''), { method: request.method ?? 'GET', headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(upstream);
  });
  const address = await listen(server);
  return {
    address: address.replace('http:', 'https:'),
    certificate: cert,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
