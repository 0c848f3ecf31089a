import { table } from '../bench/markdown.ts';
import type { Creation } from './creation.ts';
import { type Fault, PAUSE } from './faults.ts';
import { ROUTINGS, type RoutingName } from './routing.ts';
import { QUIET, type Span } from './run.ts';
import { countBy, tally } from './tally.ts';

export interface SoakResult {
  readonly creations: readonly Creation[];
  readonly spans: readonly Span[];
  /** Different CA certificates that `caBundle` was seen to hold. */
  readonly authorities: number;
  /** Pods that were no dry run, those of them that found their secrets, and those whose app started without. */
  readonly real: { readonly made: number; readonly succeeded: number; readonly without: number };
}

/** Creations that failed although nothing was done that must make them fail. */
export function failures(creations: readonly Creation[], faults: readonly Pick<Fault, 'name' | 'mayRefuse'>[]): Creation[] {
  const allowed = new Map(faults.map(({ name, mayRefuse }) => [name, mayRefuse]));
  return creations.filter(
    ({ outcome, phase, why }) => outcome === 'bare' || (outcome === 'refused' && allowed.get(phase)?.test(why) !== true),
  );
}

/** The page of one run. `conditions`: on what and how, name and value. */
export function soakPage(
  routing: RoutingName,
  conditions: Readonly<Record<string, string>>,
  { creations, spans, authorities, real }: SoakResult,
): string {
  const others = Object.entries(ROUTINGS).filter(([name]) => name !== routing);
  const phases = [QUIET, ...new Set(spans.map(({ name }) => name))];
  const [none, asked] = [creations.filter(({ kind }) => kind === 'none'), creations.filter(({ kind }) => kind !== 'none')];
  const refused = creations.filter(({ outcome }) => outcome !== 'injected');
  const parts = [
    routing === 'service' ? '# Soak' : '# Soak, each call to another replica',
    'Written by `npm run soak`. A steady stream of pod creations to the API server of a one-node Kubernetes on the same machine, of pods that ask ' +
      'for a file, for a variable, or for both; while faults were made one after the other. Every pod that came back was looked at for our container and our volume. ' +
      'Beside four creations goes one to a namespace without Keyfirst, which no webhook sees. What is killed or paused is the replica that was asked the most just before.',
    `The API server calls ${ROUTINGS[routing].text}. ${others.map(([, { text, page }]) => `[The same](${page}) where it calls ${text}.`).join(' ')}`,
    table(['', ''], Object.entries({ ...conditions, 'certificates made and trusted': String(authorities) })),
    '## Creations',
    table(
      ['while', 'times', 'creations', 'refused', 'bare', 'p50', 'p99', 'longest', 'without webhook: p50', 'p99'],
      phases.map((phase) => line(phase, spans, asked, none)).concat([line('all', spans, asked, none)]),
    ),
    `The API server was away when ${tally(creations).waited} creations were due, which were tried again until it was back; their time is that of the try that was answered. ` +
      `Of ${real.made} pods that were no dry run, ${real.succeeded} found their secrets; ${real.made - real.succeeded - real.without} never started their app, ` +
      `because Vault asks the API server who a pod is and got no answer; ${real.without} started without.`,
    table(
      ['goal', 'reached', ''],
      [
        goal(
          'none refused but while a replica is paused',
          creations.filter(({ outcome, phase }) => outcome === 'refused' && phase !== PAUSE).length,
        ),
        goal('none without its secrets', creations.filter(({ outcome }) => outcome === 'bare').length),
      ],
    ),
    '## Refused',
    refused.length === 0
      ? 'None.'
      : table(
          ['while', 'why', 'creations'],
          countBy(refused, ({ phase, why }) => `${phase}\n${why}`).map(([key, count]) => [...key.split('\n'), String(count)]),
        ),
    '## What was done when',
    table(
      ['from', 'to', ''],
      spans.map(({ name, from, to }) => [second(from), second(to), name]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function line(phase: string, spans: readonly Span[], asked: readonly Creation[], none: readonly Creation[]): string[] {
  const during = (creations: readonly Creation[]) =>
    tally(phase === 'all' ? creations : creations.filter((creation) => creation.phase === phase));
  const [ours, bare] = [during(asked), during(none)];
  const times = spans.filter(({ name }) => name === phase).length;
  return [
    phase,
    times === 0 ? '' : String(times),
    ...[ours.calls, ours.refused, ours.bare].map(String),
    ...[ours.p50, ours.p99, ours.longest, bare.p50, bare.p99].map((time) =>
      Number.isNaN(time) ? '' : `${time.toFixed(time < 10 ? 1 : 0)} ms`,
    ),
  ];
}

function goal(text: string, count: number): string[] {
  return [text, String(count), count === 0 ? 'met' : '**not met**'];
}

function second(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(0)} s`;
}
