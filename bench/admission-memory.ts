import { load } from './admission/load.ts';
import { reviewOf } from './admission/reviews.ts';
import { type Cost, startWebhook, Workplace } from './admission/servers.ts';
import { type Bench, type Goal, megabytes } from './row.ts';

const FEW = 1000;
const MANY = 100_000;
const CONNECTIONS = 8;

/** Whether the webhook's memory grows with the admissions it has seen. */
export const admissionMemory: Bench = async (rounds) => {
  using place = await Workplace.create();
  await using webhook = await startWebhook(place);
  const many = Math.max(rounds(MANY), FEW);
  const bodyFile = place.write('review.json', reviewOf({ entries: 2, containers: 2 }));
  const after = async (requests: number, first: number): Promise<Cost> => {
    await load({ port: webhook.port, path: '/mutate', caFile: place.path('tls.crt'), bodyFile, connections: CONNECTIONS, requests, first });
    return webhook.cost('memory');
  };
  const begin = await webhook.cost('memory');
  const few = await after(FEW, 0);
  const middle = await after(many / 2 - FEW, FEW);
  const end = await after(many / 2, many / 2);
  const line = (name: string, { rss, heapUsed }: Cost) => [name, megabytes(rss), megabytes(heapUsed)];
  return {
    title: 'Memory of the webhook after many admissions',
    method: `The built webhook over TLS, ${CONNECTIONS} connections, no two pods alike; memory after garbage was collected. Less than before is no fault. The process first grows to its working size, so its resident memory is compared with that half-way.`,
    head: ['after', 'resident', 'heap in use'],
    lines: [
      line('the start', begin),
      line(`${FEW} admissions`, few),
      line(`${many / 2} admissions`, middle),
      line(`${many} admissions`, end),
    ],
    goals: [
      flat(`heap in use after ${many} admissions at most 10 % above that after ${FEW}`, few.heapUsed, end.heapUsed),
      flat(`resident memory after ${many} admissions at most 10 % above that after ${many / 2}`, middle.rss, end.rss),
    ],
  };
};

function flat(text: string, before: number, after: number): Goal {
  const change = after / before - 1;
  return { text, reached: `${change >= 0 ? '+' : ''}${(change * 100).toFixed(1)} %`, met: change <= 0.1 };
}
