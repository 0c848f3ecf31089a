import type { IncomingMessage } from 'node:http';
import { ProviderError } from './provider-error.ts';

export interface BodyLimit {
  /** Who answers, for the message. */
  readonly place: string;
  /** Largest body that is read, in bytes. */
  readonly most: number;
  readonly remedy: string;
}

/** The whole body of an answer. Rejects with `ProviderError<'protocol'>` as soon as it is larger than it may be, or what the connection breaks with. */
export function readBody(incoming: IncomingMessage, { place, most, remedy }: BodyLimit): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Events, because the first `for await` over a stream costs a millisecond.
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= most) return;
      const status = incoming.statusCode;
      reject(new ProviderError('protocol', `the answer of ${place} is larger than ${most / 1024 / 1024} MiB`, { status, remedy }));
      incoming.destroy();
    });
    incoming.on('error', reject);
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    // After the end this changes nothing any more.
    incoming.on('close', () => reject(new Error('the answer broke off')));
  });
}
