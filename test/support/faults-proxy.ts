import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Apply, UpstreamAnswer, Wire } from './faults-apply.ts';

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
export interface Upstream {
  /** Base URL. */
  readonly address: string;
  /** What vouches for it, PEM. */
  readonly ca?: string;
}
export interface FaultProxyOptions {
  readonly upstreamOf: (request: ProxiedRequest) => Upstream;
  /** What becomes of the answer to a request. */
  readonly applyTo: (request: ProxiedRequest) => Apply;
  /** Serving certificate, PEM; absent: no TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
}

/**
 * A proxy that asks the real server, then sends its answer byte by byte as told. It reads and writes sockets itself: `node:http`
 * would not let an answer end within a chunk, nor a TLS connection be reset.
 */
export async function startFaultProxy({ upstreamOf, applyTo, tls }: FaultProxyOptions): Promise<AsyncDisposable & { address: string }> {
  const open = new Set<Socket>();
  const secureContext = tls && createSecureContext({ cert: tls.certificate, key: tls.key });
  const server = createServer((raw) => {
    open.add(raw);
    raw.on('close', () => open.delete(raw));
    const socket = secureContext === undefined ? raw : new TLSSocket(raw, { isServer: true, secureContext });
    for (const one of new Set([raw, socket])) one.on('error', () => raw.destroy());
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      const request = parse(waiting);
      if (request === undefined) return;
      // Nobody sends the next request before the answer.
      waiting = Buffer.alloc(0);
      void serve(request, socket, raw).catch(() => raw.destroy());
    });
  });

  async function serve(request: ProxiedRequest, socket: Socket, raw: Socket): Promise<void> {
    const apply = applyTo(request);
    const wire = apply(await ask(upstreamOf(request), request));
    if (wire.after !== undefined) await sleep(wire.after);
    await send(wire, socket);
    if (wire.end === 'reset') raw.resetAndDestroy();
    if (wire.end === 'close') socket.end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('no port');
  return {
    address: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${at.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function send({ bytes, pace }: Wire, socket: Socket): Promise<void> {
  if (pace === undefined) return void (bytes.length > 0 && socket.write(bytes));
  for (const byte of bytes) {
    if (socket.destroyed) return;
    socket.write(Uint8Array.of(byte));
    await sleep(pace);
  }
}

/** The request when it is there as a whole; every client of ours says its length. */
function parse(bytes: Buffer): ProxiedRequest | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  if (headers['transfer-encoding'] !== undefined) throw new Error(`${first} comes in chunks`);
  const body = bytes.subarray(end + 4);
  return body.length < Number(headers['content-length'] ?? 0) ? undefined : { method, path, headers, body };
}

function ask({ address, ca }: Upstream, { method, path, headers, body }: ProxiedRequest): Promise<UpstreamAnswer> {
  const { connection: _connection, ...rest } = headers;
  const request = address.startsWith('https:') ? secure : plain;
  return new Promise((resolve, reject) => {
    const outgoing = request(address + path, { method, headers: rest, ...(ca === undefined ? {} : { ca }) }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const all = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
        const kept = all.filter(([name]) => !/^(connection|content-length|keep-alive|transfer-encoding)$/.test(name));
        resolve({ status: incoming.statusCode ?? 0, headers: kept, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
