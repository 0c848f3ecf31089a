import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { percentile } from '../measure/percentile.ts';
import { LoadTask, type Measured } from './load.ts';
import { ENDING, NUMBER } from './reviews.ts';

/**
 * Asks a server over TLS with kept-alive connections, one request after the other on each, and tells how long they took. A
 * process of its own, and no HTTP library, so that little of what is measured is the measuring. Task: JSON on standard input,
 * result: JSON on standard output. Every answer must be 200 and as long as the first.
 */
const task = LoadTask.parse(JSON.parse(readFileSync(0, 'utf8')));
const ca = readFileSync(task.caFile);
const body = readFileSync(task.bodyFile);
const head = `POST ${task.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
const request = Buffer.concat([Buffer.from(head), body]);
const numbers = placesOf(request, NUMBER);
const endings = placesOf(request, ENDING);
const END_OF_HEAD = Buffer.from('\r\n\r\n');

let sent = 0;
let expectedLength: number | undefined;
const times = new Float64Array(task.requests);
let done = 0;

const begun = performance.now();
await Promise.all(Array.from({ length: task.connections }, ask));
const seconds = (performance.now() - begun) / 1000;
times.sort();
const result: Measured = {
  perSecond: task.requests / seconds,
  p50: percentile(times, 50),
  p99: percentile(times, 99),
  longest: percentile(times, 100),
};
process.stdout.write(JSON.stringify(result));

/** One connection, until all requests are made. */
function ask(): Promise<void> {
  // Each connection writes its own number into its own copy.
  const bytes = Buffer.from(request);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: task.port, ca });
    let received = Buffer.alloc(0);
    let started = 0;
    const next = () => {
      if (sent === task.requests) {
        socket.destroy();
        resolve();
        return;
      }
      sent += 1;
      const number = String(task.first + sent).padStart(NUMBER.length, '0');
      for (const place of numbers) bytes.write(number, place, 'latin1');
      for (const place of endings) bytes.write(number.slice(-ENDING.length), place, 'latin1');
      started = performance.now();
      socket.write(bytes);
    };
    socket.setNoDelay(true);
    socket.once('secureConnect', next);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = lengthOf(received);
      if (length === undefined || received.length < length) return;
      times[done] = performance.now() - started;
      done += 1;
      expectedLength ??= length;
      if (length !== expectedLength || received.length > length || !received.subarray(0, 12).equals(Buffer.from('HTTP/1.1 200'))) {
        reject(new Error(`an answer that differs from the first: ${received.toString().slice(0, 500)}`));
        socket.destroy();
        return;
      }
      received = Buffer.alloc(0);
      next();
    });
  });
}

/** Bytes of the whole answer; undefined while its head is not there. Longer than the body alone by the same head each time. */
function lengthOf(answer: Buffer): number | undefined {
  const end = answer.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(answer.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error('an answer without content-length');
  return end + END_OF_HEAD.length + Number(length);
}

function placesOf(bytes: Buffer, text: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) places.push(at);
  return places;
}
