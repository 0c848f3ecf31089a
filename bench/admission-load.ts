import { readFileSync } from 'node:fs';
import { call } from '../test/support/https.ts';
import { load, type Measured, typical } from './admission/load.ts';
import { canPin } from './admission/pinned.ts';
import { reviewOf, type Templates } from './admission/reviews.ts';
import { startBareRoute, startWebhook, Workplace } from './admission/servers.ts';
import { atMost, type Bench, kilobytes, type Row } from './row.ts';

const CONNECTIONS = [1, 8, 32];
const REQUESTS = 4000;
const SHAPE = { entries: 2, containers: 2 };
const ONE = 'pods of one template';
const EACH = 'each pod its own template';

/** Admissions of the built webhook against a route that does nothing but parse and answer. */
export const admissionLoad: Bench = async (rounds) => {
  using place = await Workplace.create();
  const review = reviewOf(SHAPE);
  const bodies = { one: place.write('one.json', reviewOf(SHAPE, 'one')), 'each its own': place.write('each.json', review) };
  const caFile = place.path('tls.crt');
  await using webhook = await startWebhook(place);
  const answer = await call({ port: webhook.port, path: '/mutate', ca: readFileSync(caFile, 'utf8'), method: 'POST', body: review });
  if (!answer.body.includes('"patch"')) throw new Error(`the webhook did not inject: ${answer.body}`);
  await using bare = await startBareRoute(place, answer.body);

  const count = rounds(20);
  let first = 0;
  const ask = async (port: number, connections: number, templates: Templates): Promise<Measured> => {
    first += REQUESTS;
    return load({ port, path: '/mutate', caFile, bodyFile: bodies[templates], connections, requests: REQUESTS, first });
  };
  const lines: Row['lines'][number][] = [];
  const goals: Row['goals'][number][] = [];
  for (const connections of CONNECTIONS) {
    const found: { one: Measured[]; each: Measured[]; bare: Measured[] } = { one: [], each: [], bare: [] };
    // The first round warms up and is not counted.
    for (let round = 0; round <= count; round++) {
      const measured = {
        one: await ask(webhook.port, connections, 'one'),
        each: await ask(webhook.port, connections, 'each its own'),
        bare: await ask(bare.port, connections, 'each its own'),
      };
      if (round === 0) continue;
      found.one.push(measured.one);
      found.each.push(measured.each);
      found.bare.push(measured.bare);
    }
    const [one, each, theirs] = [typical(found.one), typical(found.each), typical(found.bare)];
    const at = `${connections} connection${connections === 1 ? '' : 's'}`;
    lines.push(line(at, ONE, one), line(at, EACH, each), line(at, 'bare route', theirs));
    for (const [name, ours] of [[ONE, one] as const, [EACH, each] as const]) {
      goals.push(
        { text: `${at}, ${name}: at least 75 % of the bare route's requests per second`, ...share(ours.perSecond / theirs.perSecond) },
        atMost(`${at}, ${name}: p99 at most 1.5 times the bare route's`, ours.p99, theirs.p99, 1.5),
      );
    }
  }
  return {
    title: 'Admissions, against a bare route',
    method:
      `The built webhook and a plain Fastify route that parses the same body and answers a constant of the same size, both over TLS ` +
      `with connections that stay open. The review of a pod with two containers and two secrets, ${kilobytes(review.length)}; no two requests are the same. Pods of one template differ ` +
      `as those of one Deployment do, and the webhook remembers what it decided; with a template of its own, each asks for other secrets. ` +
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
