import { type Agent, type RequestOptions, request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export interface Call {
  readonly port: number;
  readonly path: string;
  readonly ca: string;
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly agent?: Agent;
}

/** One HTTPS call to 127.0.0.1; the server's certificate is verified. */
export function call({ port, path, ca, method = 'GET', body, type = 'application/json', agent }: Call): Promise<Answer> {
  const options: RequestOptions = {
    host: '127.0.0.1',
    port,
    path,
    ca,
    method,
    ...(agent ? { agent } : {}),
    headers: body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
