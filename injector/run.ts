import { Scrubber } from '../src/common/scrubber.ts';
import type { InjectorConfig } from '../src/contract/injector-config.ts';
import type { StoreConfig } from '../src/contract/provider.ts';
import type { Reference } from '../src/contract/reference.ts';
import { checkConfig } from './check-config.ts';
import type { Clock } from './clock.ts';
import { decodeConfig } from './config/decode.ts';
import { bug, configFailure, type Delivered, endedBy, isLost } from './deliver-one.ts';
import { exitCode } from './exit-code.ts';
import type { Failure } from './failure.ts';
import { fetchSecrets, type ReadOutcome } from './fetch/fetch-secrets.ts';
import { groupReads, readId } from './fetch/group-reads.ts';
import { LAST_ATTEMPT } from './fetch/retry.ts';
import { createLog, type Log } from './log.ts';
import { placeProducts } from './place-products.ts';
import type { ProviderDeps, Store } from './providers/provider.ts';
import { registerSecret } from './register-secret.ts';
import { type Entry, referencesOf } from './render/references.ts';
import type * as variablesPart from './render/variables/index.ts';
import { type Product, renderEntry } from './render-entry.ts';
import { failureMessage, successMessage } from './termination.ts';
import type { FileSystem } from './write/file-system.ts';
import { writeFailure } from './write/write-failure.ts';
import { writeViews } from './write/write-views.ts';

/** Bytes of the termination message when no configuration says it; a pod's containers share 12288. */
const DEFAULT_MESSAGE_BYTES = 1024;

export interface RunDeps {
  /** Prefix of every absolute path; empty in a pod. */
  readonly root: string;
  readonly open: (config: StoreConfig, deps: ProviderDeps) => Promise<Store>;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborts when the process is asked to stop. */
  readonly stopped: AbortSignal;
  readonly writeLine: (line: string) => void;
  /** Reads the program of the `exec` wrapper; throws when there is none. */
  readonly wrapper: () => Uint8Array;
}

export interface Outcome {
  readonly exitCode: number;
  /** For the container's termination log. */
  readonly message: string;
}

/** Config → fetch → render → write. All or nothing: files are written only when every required entry is ready. Never throws. */
export async function run(configText: string | undefined, deps: RunDeps): Promise<Outcome> {
  const scrubber = new Scrubber();
  const log = createLog(scrubber, deps.writeLine, () => deps.clock.now());
  const decoded = configText === undefined ? { ok: false as const, problems: ['it is not set'] } : await decodeConfig(configText);
  if (!decoded.ok) return fail(decoded.problems.map(configFailure), DEFAULT_MESSAGE_BYTES, log);
  const { config } = decoded;
  const scope: Scope = { config, configText: configText ?? '', scrubber, log, deps };
  try {
    const variables = config.variables === undefined ? undefined : await import('./render/variables/index.ts');
    const problems = checkConfig(config, variables?.checkVariables);
    return problems.length > 0 ? fail(problems, config.messageBytes, log) : await deliver(scope, variables);
  } catch (error) {
    return fail([{ key: '', reference: '', ...bug(error) }], config.messageBytes, log);
  }
}

interface Scope {
  readonly config: InjectorConfig;
  readonly configText: string;
  readonly scrubber: Scrubber;
  readonly log: Log;
  readonly deps: RunDeps;
}

async function deliver({ config, configText, scrubber, log, deps }: Scope, variables: typeof variablesPart | undefined): Promise<Outcome> {
  const started = deps.clock.now();
  const deadlineAt = started + config.deadline;
  const stop = AbortSignal.any([deps.stopped, deps.clock.timeout(config.deadline)]);
  const providerDeps = {
    root: deps.root,
    identity: config.identity,
    keepSecret: (credential: string) => scrubber.register(credential),
  };
  const outcomes = new Map<string, ReadOutcome>();
  const outcomeOf = (reference: Reference): ReadOutcome => {
    const outcome = outcomes.get(readId(reference));
    if (outcome === undefined) throw new Error('a read is missing');
    return outcome;
  };
  const entries: Entry[] = [...config.secrets, ...(config.variables ?? [])];
  const rendering = new Map<Entry, Promise<Delivered<Product>>>();
  /** Once an entry; when all its reads have ended. */
  const rendered = (spec: Entry): Promise<Delivered<Product>> => {
    const result = rendering.get(spec) ?? renderEntry(spec, { outcomeOf, scrubber, configText, variables });
    rendering.set(spec, result);
    return result;
  };
  await fetchSecrets(groupReads(entries), config.stores, {
    open: (store, connections) => deps.open(store, { ...providerDeps, connections }),
    clock: deps.clock,
    random: deps.random,
    log,
    stop,
    deadlineAt,
    async usable(outcome) {
      outcomes.set(outcome.read.id, outcome);
      if (outcome.ok) registerSecret(scrubber, outcome.secret.value.reveal(), configText);
      const { specs } = outcome.read;
      if (specs.some((spec) => isLost(spec, outcome))) return false;
      const ready = specs.filter((spec) => referencesOf(spec).every((reference) => outcomes.has(readId(reference))));
      const parts = await Promise.all(ready.map(rendered));
      return parts.every(({ failures }) => failures.length === 0);
    },
  });
  const parts = await Promise.all(entries.map(rendered));
  const products = parts.map(({ product }) => product);
  const { volumes, counts, failures: unplaced } = placeProducts(config, products, deps, variables);
  const failures = [...parts.flatMap((part) => part.failures), ...unplaced].map((failure) =>
    endedBy(failure, deps.stopped.aborted, deps.clock.now() >= deadlineAt - LAST_ATTEMPT, config.deadline),
  );
  if (failures.length > 0) return fail(failures, config.messageBytes, log);
  const lines = parts.flatMap((part) => part.lines);
  const bytes = volumes.flatMap(({ views }) => [...views.values()].flat()).reduce((sum, file) => sum + file.bytes.length, 0);
  try {
    writeViews(volumes, deps.fs, new Date(deps.clock.now()));
  } catch (error) {
    return fail([writeFailure(error)], config.messageBytes, log);
  }
  warnOfLeases(outcomes.values(), log);
  log.info('secrets delivered', {
    ...counts,
    bytes,
    ms: deps.clock.now() - started,
    secrets: lines,
  });
  return { exitCode: 0, message: successMessage(lines, counts, config.messageBytes) };
}

function warnOfLeases(outcomes: Iterable<ReadOutcome>, log: Log): void {
  for (const outcome of outcomes) {
    if (!outcome.ok || outcome.secret.expiresIn === undefined) continue;
    const { store, reference } = outcome.read;
    log.warn('nothing renews these credentials', {
      store,
      reference,
      validFor: outcome.secret.expiresIn,
      remedy: 'Give lease and login token a life as long as that of the pod, or let the pod end before them.',
    });
  }
}

function fail(failures: readonly Failure[], budget: number, log: Log): Outcome {
  for (const { code, key, reference, store, what, status, identity, remedy } of failures) {
    log.error('secret not delivered', {
      code,
      key,
      reference,
      ...(store === undefined ? {} : { store }),
      problem: what,
      ...(status === undefined ? {} : { status }),
      ...(identity === undefined ? {} : { identity }),
      remedy,
    });
  }
  const code = exitCode(failures);
  log.error('nothing written', { exitCode: code, problems: failures.length });
  return { exitCode: code, message: failureMessage(failures, budget) };
}
