import { load } from './admission/load.ts';
import { type PodShape, reviewOf } from './admission/reviews.ts';
import { startWebhook, Workplace } from './admission/servers.ts';
import { median } from './measure/processes.ts';
import { atMost, type Bench, kilobytes } from './row.ts';

const ENTRIES = [1, 10, 100];
const CONTAINERS = [1, 10, 50];
const BYTES = [1e3, 1e4, 1e5, 1e6, 3e6];
/** Requests of one round, fewer where each takes long. */
const REQUESTS = 400;

interface Line {
  readonly name: string;
  readonly shape: PodShape;
}

/** How the time of one admission grows with the pod. */
export const admissionGrowth: Bench = async (rounds) => {
  const lines: Line[] = [
    ...ENTRIES.map((entries) => ({ name: `${entries} secret${entries === 1 ? '' : 's'}`, shape: { entries, containers: 2 } })),
    ...CONTAINERS.map((containers) => ({
      name: `${containers} container${containers === 1 ? '' : 's'}`,
      shape: { entries: 2, containers },
    })),
    ...BYTES.map((bytes) => ({ name: `a pod of at least ${kilobytes(bytes)}`, shape: { entries: 1, containers: 1, bytes } })),
  ];
  using place = await Workplace.create();
  await using webhook = await startWebhook(place);
  const count = rounds(5);
  const times = new Map<string, number[]>(lines.map(({ name }) => [name, []]));
  const sizes = new Map<string, number>();
  let first = 0;
  // The first round warms up and is not counted.
  for (let round = 0; round <= count; round++) {
    for (const { name, shape } of lines) {
      const review = reviewOf(shape);
      const requests = (shape.bytes ?? 0) < 1e6 ? REQUESTS : REQUESTS / 10;
      const bodyFile = place.write('review.json', review);
      const { p50 } = await load({
        port: webhook.port,
        path: '/mutate',
        caFile: place.path('tls.crt'),
        bodyFile,
        connections: 1,
        requests,
        first,
      });
      first += requests;
      sizes.set(name, review.length);
      if (round > 0) times.get(name)?.push(p50);
    }
  }
  const of = (at: number) => median(times.get(lines[at]?.name ?? '') ?? []);
  const [ten, hundred, tenContainers, fifty, megabyte, three] = [1, 2, 4, 5, 9, 10].map(of);
  return {
    title: 'An admission, as the pod grows',
    method:
      'The built webhook over TLS, one connection. Time from the first byte of the request to the last of the answer, medians; most of what a ' +
      `large pod costs is to receive and parse it. ${count} rounds in turn.`,
    head: ['', 'review', 'time'],
    lines: lines.map(({ name }, at) => [name, kilobytes(sizes.get(name) ?? 0), `${of(at).toFixed(2)} ms`]),
    goals: [
      atMost('100 secrets take at most 12 times as long as 10', hundred ?? Number.NaN, ten ?? 0, 12),
      atMost('50 containers take at most 6 times as long as 10', fifty ?? Number.NaN, tenContainers ?? 0, 6),
      atMost('3 MB take at most 3.6 times as long as 1 MB', three ?? Number.NaN, megabyte ?? 0, 3.6),
    ],
  };
};
