import { formatDuration } from '../src/common/duration.ts';
import type { SecretSpec } from '../src/contract/secret-spec.ts';
import type { Failure } from './failure.ts';
import type { ReadOutcome } from './fetch/fetch-secrets.ts';
import type { SecretRead } from './providers/provider.ts';
import { ProviderError } from './providers/provider-error.ts';
import { type RenderedFile, render } from './render/render.ts';

/** What came of one entry: a file and its success line, only a line when it is left out, or a failure. */
export interface Delivered {
  readonly file?: RenderedFile;
  readonly line?: string;
  readonly failure?: Failure;
}

/** Selects and renders one entry from the outcome of its read; pure. `scrub` is applied to foreign texts. */
export function deliverOne(spec: SecretSpec, outcome: ReadOutcome, scrub: (text: string) => string): Delivered {
  if (!outcome.ok) {
    const failure = readFailure(spec, outcome, scrub);
    return failure === undefined ? { line: successLine(spec, undefined) } : { failure };
  }
  const rendered = render(spec, outcome.secret.value.reveal());
  if (!rendered.ok) return { failure: valueFailure(spec, rendered) };
  if (rendered.value === undefined) return { line: successLine(spec, undefined) };
  return { file: rendered.value, line: successLine(spec, outcome.secret) };
}

/** The failure of one entry whose read failed; undefined when the entry is optional and the secret does not exist. */
function readFailure(spec: SecretSpec, outcome: ReadOutcome & { ok: false }, scrub: (text: string) => string): Failure | undefined {
  const { error, identity } = outcome;
  // Only absence is forgiven: an outage or a refusal must not start an app bare that would have had its secret.
  if (spec.optional === true && error instanceof ProviderError && error.code === 'not-found') return undefined;
  const about = { key: spec.key, reference: spec.from.text, store: spec.from.store };
  if (!(error instanceof ProviderError)) return { ...about, ...bug(error) };
  return {
    ...about,
    code: error.code,
    what: scrub(error.message),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(identity === undefined ? {} : { identity }),
    remedy: scrub(error.remedy),
  };
}

/** One line of the success message. */
function successLine(spec: SecretSpec, secret: SecretRead | undefined): string {
  if (secret === undefined) return `${spec.from.text} not there, left out (optional)`;
  const version = secret.version === undefined ? '' : ` version ${secret.version}`;
  const lease = secret.expiresIn === undefined ? '' : ` valid for ${secret.expiresIn} s, not renewed`;
  return `${spec.from.text}${version}${lease}`;
}

/** An error that nobody foresaw. Its message may quote a value, so only its kind and place are told. */
export function bug(error: unknown): Pick<Failure, 'code' | 'what' | 'remedy'> {
  const name = error instanceof Error ? error.constructor.name : typeof error;
  const place = error instanceof Error ? /\(?([^\s(]+:\d+:\d+)\)?/.exec(error.stack?.split('\n    at ')[1] ?? '')?.[1] : undefined;
  return {
    code: 'bug',
    what: `unexpected ${name}${place === undefined ? '' : ` at ${place}`}`,
    remedy: 'This is a defect of Keyfirst; please report it with this line.',
  };
}

/** A problem of the variable itself. */
export function configFailure(problem: string): Failure {
  return {
    code: 'config',
    key: '',
    reference: '',
    what: `KEYFIRST_CONFIG cannot be used: ${problem}`,
    remedy: 'The webhook writes this variable; use the webhook and the injector of one release, and change nothing in between.',
  };
}

function valueFailure(spec: SecretSpec, problem: { what: string; remedy: string }): Failure {
  const { what, remedy } = problem;
  return { code: 'value', key: spec.key, reference: spec.from.text, store: spec.from.store, what, remedy };
}

/** Says of a failure that might have healed what ended the tries. */
export function endedBy(failure: Failure, stopped: boolean, over: boolean, deadline: number): Failure {
  if (!['unreachable', 'unavailable', 'throttled'].includes(failure.code)) return failure;
  if (stopped) return { ...failure, code: 'stopped', what: `stopped from outside before it succeeded; last: ${failure.what}` };
  if (over) return { ...failure, what: `not read within the deadline of ${formatDuration(deadline)}; last: ${failure.what}` };
  return failure;
}
