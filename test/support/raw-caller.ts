import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Answer } from './https.ts';

/** One connection that stays open and sends one call after another with next to no cost of its own, so that one process can offer more than a server can take. */
export interface RawCaller {
  /** Rejects when the connection ends before the answer is complete. */
  post(path: string, body: string): Promise<Answer>;
  close(): void;
}

export async function rawCaller(port: number, ca: string): Promise<RawCaller> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
    const answer = complete(received);
    if (answer === undefined) return;
    received = '';
    waiting?.resolve(answer);
    waiting = undefined;
  });
  const lost = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on('error', lost);
  socket.on('close', () => lost(new Error('the connection was closed without an answer')));
  return {
    post: (path, body) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
        socket.write(head + body);
      }),
    close: () => socket.destroy(),
  };
}

/** The answer, once all of it is there; its text must be ASCII, so that characters are bytes. */
function complete(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = text.slice(end + 4);
  return body.length < Number(headers['content-length']) ? undefined : { status: Number(first.split(' ')[1]), headers, body };
}
