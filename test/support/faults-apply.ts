import type { FaultId } from './faults-expected.ts';

/** A whole answer of the store behind the proxy. */
export interface UpstreamAnswer {
  readonly status: number;
  /** Without those of the framing. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}
/** What goes over the wire in its place. */
export interface Wire {
  /** Milliseconds until the first byte. */
  readonly after?: number;
  /** Milliseconds between one byte and the next; absent: all at once. */
  readonly pace?: number;
  readonly bytes: Buffer;
  readonly end: 'keep open' | 'close' | 'reset';
}
export type Apply = (answer: UpstreamAnswer) => Wire;

/** Milliseconds that `retry-after` asks to wait. */
export const RETRY_AFTER = 1_000;

const PAGE = Buffer.from('<!doctype html><html><title>Sign in</title><form action="/login"><input name="password"></form></html>\n');
const MIB = 1024 * 1024;

/** The store's answer as it is. */
export const untouched: Apply = (answer) => ({ bytes: encode(answer, 'length'), end: 'keep open' });

/** How each fault changes an answer. */
export const APPLY: Readonly<Record<FaultId, Apply>> = {
  late: (answer) => ({ ...untouched(answer), after: 500 }),
  silence: () => ({ bytes: Buffer.alloc(0), end: 'keep open' }),
  drip: (answer) => ({ ...untouched(answer), pace: 150 }),
  reset: () => ({ bytes: Buffer.alloc(0), end: 'reset' }),
  'slow-down': () => whole(429, [], Buffer.from('slow down')),
  'retry-after': () => whole(429, [['retry-after', String(RETRY_AFTER / 1000)]], Buffer.from('slow down')),
  'retry-tomorrow': () => whole(429, [['retry-after', '86400']], Buffer.from('slow down')),
  broken: () => whole(500, [['content-type', 'text/html']], PAGE),
  'half-length': (answer) => cut(answer, 'length'),
  'half-chunked': (answer) => cut(answer, 'chunked'),
  'half-close': (answer) => cut(answer, 'close'),
  page: () => whole(200, [['content-type', 'text/html; charset=utf-8']], PAGE),
  mislabelled: (answer) => untouched({ ...answer, headers: [...without(answer, 'content-type'), ['content-type', 'text/html']] }),
  'one-mb': untouched,
  'five-mb': untouched,
  // White space before JSON and XML changes nothing but the size.
  endless: (answer) => untouched({ ...answer, body: Buffer.concat([Buffer.alloc(17 * MIB, ' '), answer.body]) }),
};

/** The answer with another text in place of one. */
export function replaced(text: string, by: string): Apply {
  return (answer) =>
    untouched({ ...answer, body: Buffer.from(answer.body.toString().replace(text, () => JSON.stringify(by).slice(1, -1))) });
}

function whole(status: number, headers: UpstreamAnswer['headers'], body: Buffer): Wire {
  return untouched({ status, headers, body });
}

/** Ends in the middle of the body; of a chunked one in the middle of a chunk. */
function cut(answer: UpstreamAnswer, framing: Framing): Wire {
  const bytes = encode(answer, framing);
  const body = bytes.indexOf('\r\n\r\n') + 4;
  return { bytes: bytes.subarray(0, Math.floor((body + bytes.length) / 2)), end: 'close' };
}

type Framing = 'length' | 'chunked' | 'close';

function encode({ status, headers, body }: UpstreamAnswer, framing: Framing): Buffer {
  const frame: Readonly<Record<Framing, string>> = {
    length: `content-length: ${body.length}`,
    chunked: 'transfer-encoding: chunked',
    close: 'connection: close',
  };
  const lines = [`HTTP/1.1 ${status} Status`, ...headers.map(([name, value]) => `${name}: ${value}`), frame[framing]];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (framing !== 'chunked') return Buffer.concat([head, body]);
  return Buffer.concat([head, Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

function without({ headers }: UpstreamAnswer, unwanted: string): UpstreamAnswer['headers'] {
  return headers.filter(([name]) => name.toLowerCase() !== unwanted);
}
