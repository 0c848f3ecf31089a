import { setTimeout as wait } from 'node:timers/promises';
import { app, pod } from '../test/support/e2e-pods.ts';
import type { ApiClient } from './api-client.ts';
import { type Creation, type CreationKind, kindOfCreation } from './creation.ts';
import { type Answer, kindOf, outcomeOf } from './outcome.ts';

export interface StreamOptions {
  readonly api: ApiClient;
  /** Creations a second that ask for secrets. */
  readonly rate: number;
  readonly image: string;
  /** Namespaces with and without Keyfirst. */
  readonly namespace: string;
  readonly bareNamespace: string;
  /** What is being done to the cluster now. */
  readonly phase: () => string;
  readonly signal: AbortSignal;
}

const FILE = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const VARIABLE = { 'keyfirst.dev/env.PASSWORD': 'vault://secret/shop/db#password' };
const ANNOTATIONS: Readonly<Record<CreationKind, Record<string, string>>> = {
  file: FILE,
  variable: VARIABLE,
  real: { ...FILE, ...VARIABLE },
  none: {},
};
const AGAIN = 250;
/** The API server's absence ends sooner, or the soak has failed. */
const MOST_TRIES = 400;

/** Creates pods at a steady rate, however long the answers take, until `signal`; resolves when the last is answered. */
export async function stream(options: StreamOptions): Promise<Creation[]> {
  const { rate, signal } = options;
  const begun = performance.now();
  const gap = 1000 / (rate * 1.25);
  const creations: Promise<Creation>[] = [];
  for (let number = 0; !signal.aborted; number++) {
    const due = number * gap;
    const rest = due - (performance.now() - begun);
    if (rest > 0) await wait(rest);
    creations.push(create(options, number, begun));
  }
  return Promise.all(creations);
}

async function create(
  { api, rate, image, namespace, bareNamespace, phase }: StreamOptions,
  number: number,
  begun: number,
): Promise<Creation> {
  const kind = kindOfCreation(number, rate);
  const place = kind === 'none' ? bareNamespace : namespace;
  const name = `soak-${number}`;
  const path = `/api/v1/namespaces/${place}/pods`;
  const body = JSON.stringify(podOf(kind, place, name, image));
  const at = performance.now() - begun;
  const during = phase();
  for (let away = 0; ; away++) {
    const started = performance.now();
    let answer: Answer = await api.send('POST', kind === 'real' ? path : `${path}?dryRun=All`, body);
    const took = performance.now() - started;
    // The try before had reached the API server, whose answer was lost.
    if (away > 0 && 'status' in answer && answer.status === 409) answer = await api.send('GET', `${path}/${name}`);
    const outcome = outcomeOf(answer, kind !== 'none');
    if (outcome === 'away' && away < MOST_TRIES) {
      await wait(AGAIN);
      continue;
    }
    if (outcome === 'away')
      return { kind, at, phase: during, outcome: 'refused', why: `the API server stayed away: ${kindOf(answer)}`, took, away };
    return { kind, at, phase: during, outcome, why: outcome === 'injected' ? '' : kindOf(answer), took, away };
  }
}

function podOf(kind: CreationKind, place: string, name: string, image: string): object {
  return pod(place, name, ANNOTATIONS[kind], { containers: [app(image, 'test -s /keyfirst/secrets/password && test -n "$PASSWORD"')] });
}
