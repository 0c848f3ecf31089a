import { Scrubber } from '../src/common/scrubber.ts';
import { decodeInjectorConfig, type InjectorConfig } from '../src/contract/injector-config.ts';
import { SECRETS_DIRECTORY } from '../src/contract/names.ts';
import type { StoreConfig } from '../src/contract/provider.ts';
import type { Reference } from '../src/contract/reference.ts';
import type { SecretSpec } from '../src/contract/secret-spec.ts';
import { checkConfig } from './check-config.ts';
import type { Clock } from './clock.ts';
import { bug, configFailure, type Delivered, deliverOne, endedBy, isLost } from './deliver-one.ts';
import { exitCode } from './exit-code.ts';
import type { Failure } from './failure.ts';
import { fetchSecrets, type ReadOutcome } from './fetch/fetch-secrets.ts';
import { groupReads, readId } from './fetch/group-reads.ts';
import { LAST_ATTEMPT } from './fetch/retry.ts';
import { createLog, type Log } from './log.ts';
import type { ProviderDeps, Store } from './providers/provider.ts';
import { registerSecret } from './register-secret.ts';
import { referencesOf } from './render/references.ts';
import { failureMessage, successMessage } from './termination.ts';
import type { FileSystem } from './write/file-system.ts';
import { writeFailure } from './write/write-failure.ts';
import { groupByView, writeViews } from './write/write-views.ts';

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
  const decoded = configText === undefined ? { ok: false as const, problems: ['it is not set'] } : decodeInjectorConfig(configText);
  if (!decoded.ok) return fail(decoded.problems.map(configFailure), DEFAULT_MESSAGE_BYTES, log);
  const { config } = decoded;
  const scope: Scope = { config, configText: configText ?? '', scrubber, log, deps };
  try {
    const problems = checkConfig(config);
    return problems.length > 0 ? fail(problems, config.messageBytes, log) : await deliver(scope);
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

async function deliver({ config, configText, scrubber, log, deps }: Scope): Promise<Outcome> {
  const started = deps.clock.now();
  const deadlineAt = started + config.deadline;
  const stop = AbortSignal.any([deps.stopped, deps.clock.timeout(config.deadline)]);
  const providerDeps: ProviderDeps = {
    root: deps.root,
    identity: config.identity,
    keepSecret: (credential) => scrubber.register(credential),
  };
  const outcomes = new Map<string, ReadOutcome>();
  const rendering = new Map<SecretSpec, Promise<Delivered>>();
  /** Once an entry; when all its reads have ended. */
  const rendered = (spec: SecretSpec): Promise<Delivered> => {
    const result = rendering.get(spec) ?? renderEntry(spec, outcomes, scrubber);
    rendering.set(spec, result);
    return result;
  };
  await fetchSecrets(groupReads(config.secrets), config.stores, {
    open: (store) => deps.open(store, providerDeps),
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
  const parts = await Promise.all(config.secrets.map(rendered));
  const failures = parts
    .flatMap((part) => part.failures)
    .map((failure) => endedBy(failure, deps.stopped.aborted, deps.clock.now() >= deadlineAt - LAST_ATTEMPT, config.deadline));
  if (failures.length > 0) return fail(failures, config.messageBytes, log);
  const files = parts.flatMap(({ file }) => file ?? []);
  const lines = parts.flatMap((part) => part.lines);
  const views = groupByView(config.secrets.map((spec, index) => ({ file: parts[index]?.file, views: spec.views })));
  const bytes = [...views.values()].flat().reduce((sum, file) => sum + file.bytes.length, 0);
  try {
    writeViews(deps.root + SECRETS_DIRECTORY, views, deps.fs, new Date(deps.clock.now()));
  } catch (error) {
    return fail([writeFailure(error)], config.messageBytes, log);
  }
  warnOfLeases(outcomes.values(), log);
  log.info('secrets delivered', {
    files: files.length,
    bytes,
    ms: deps.clock.now() - started,
    secrets: lines,
  });
  return { exitCode: 0, message: successMessage(lines, files.length, config.messageBytes) };
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

async function renderEntry(spec: SecretSpec, outcomes: ReadonlyMap<string, ReadOutcome>, scrubber: Scrubber): Promise<Delivered> {
  try {
    const outcomeOf = (reference: Reference): ReadOutcome => {
      const outcome = outcomes.get(readId(reference));
      if (outcome === undefined) throw new Error('a read is missing');
      return outcome;
    };
    const part = await deliverOne(spec, outcomeOf, (text) => scrubber.scrub(text));
    // The one form that is made here and not from the store: the scrubber derives base64 from text, not text from base64.
    if (spec.format === 'base64-decode' && part.file !== undefined) scrubber.register(part.file.bytes);
    return part;
  } catch (error) {
    return { lines: [], failures: [{ key: spec.key, reference: '', ...bug(error) }] };
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
