import { readFileSync } from 'node:fs';
import { call } from '../test/support/https.ts';
import { load, type Measured, typical } from './admission/load.ts';
import { canPin } from './admission/pinned.ts';
import { reviewOf } from './admission/reviews.ts';
import { startBareRoute, startWebhook, Workplace } from './admission/servers.ts';
import { atMost, type Bench, kilobytes, type Row } from './row.ts';

const CONNECTIONS = [1, 8, 32];
const REQUESTS = 4000;
const SHAPE = { entries: 2, containers: 2 };

/** Admissions of the built webhook against a route that does nothing but parse and answer. */
export const admissionLoad: Bench = async (rounds) => {
  using place = await Workplace.create();
  const review = reviewOf(SHAPE);
  const bodyFile = place.write('review.json', review);
  const caFile = place.path('tls.crt');
  await using webhook = await startWebhook(place);
  const answer = await call({ port: webhook.port, path: '/mutate', ca: readFileSync(caFile, 'utf8'), method: 'POST', body: review });
  if (!answer.body.includes('"patch"')) throw new Error(`the webhook did not inject: ${answer.body}`);
  await using bare = await startBareRoute(place, answer.body);

  const count = rounds(20);
  let first = 0;
  const ask = async (port: number, connections: number): Promise<Measured> => {
    first += REQUESTS;
    return load({ port, path: '/mutate', caFile, bodyFile, connections, requests: REQUESTS, first });
  };
  const lines: Row['lines'][number][] = [];
  const goals: Row['goals'][number][] = [];
  for (const connections of CONNECTIONS) {
    const found: { ours: Measured[]; bare: Measured[] } = { ours: [], bare: [] };
    // The first round warms up and is not counted.
    for (let round = 0; round <= count; round++) {
      const [ours, theirs] = [await ask(webhook.port, connections), await ask(bare.port, connections)];
      if (round === 0) continue;
      found.ours.push(ours);
      found.bare.push(theirs);
    }
    const [ours, theirs] = [typical(found.ours), typical(found.bare)];
    const at = `${connections} connection${connections === 1 ? '' : 's'}`;
    lines.push(line(at, 'webhook', ours), line(at, 'bare route', theirs));
    goals.push(
      { text: `${at}: at least 75 % of the bare route's requests per second`, ...share(ours.perSecond / theirs.perSecond) },
      atMost(`${at}: p99 at most 1.5 times the bare route's`, ours.p99, theirs.p99, 1.5),
    );
  }
  return {
    title: 'Admissions, against a bare route',
    method:
      `The built webhook and a plain Fastify route that parses the same body and answers a constant of the same size, both over TLS ` +
      `with connections that stay open. The review of a pod with two containers and two secrets, ${kilobytes(review.length)}; no two requests are the same. ` +
      `${canPin() ? 'Servers on one core, the client on another' : 'Servers and client on any core'}. ${count} rounds of ${REQUESTS} requests each in turn; medians of the rounds.`,
    head: ['', '', 'requests per second', 'p50', 'p99', 'longest'],
    lines,
    goals,
  };
};

function line(at: string, name: string, { perSecond, p50, p99, longest }: Measured): string[] {
  return [at, name, perSecond.toFixed(0), ...[p50, p99, longest].map((time) => `${time.toFixed(2)} ms`)];
}

function share(reached: number): { reached: string; met: boolean } {
  return { reached: `${(reached * 100).toFixed(0)} %`, met: reached >= 0.75 };
}
