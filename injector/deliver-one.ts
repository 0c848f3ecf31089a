import { formatDuration } from '../src/common/duration.ts';
import type { Reference } from '../src/contract/reference.ts';
import type { Failure } from './failure.ts';
import type { ReadOutcome } from './fetch/fetch-secrets.ts';
import type { SecretRead } from './providers/provider.ts';
import { ProviderError } from './providers/provider-error.ts';
import { type Entry, referencesOf } from './render/references.ts';
import type { EntryProblem, Lookup, Problems } from './render/select-sources.ts';

/** What came of one entry: the product and lines for the success message, or failures. */
export interface Delivered<Product> {
  readonly product?: Product;
  readonly lines: readonly string[];
  readonly failures: readonly Failure[];
}

/** A product, and what of it is left out because it is optional and not there: all, or parts by their names. */
export type Rendering<Product> = { ok: true; product: Product; missing: 'all' | readonly string[] } | Problems;

/** Renders one entry from the outcomes of its reads. `scrub` is applied to foreign texts. */
export async function deliverOne<Product>(
  spec: Entry,
  outcomeOf: (reference: Reference) => ReadOutcome,
  scrub: (text: string) => string,
  render: (lookup: Lookup) => Promise<Rendering<Product>>,
): Promise<Delivered<Product>> {
  const references = referencesOf(spec);
  const failures = references.flatMap((reference) => readFailure(spec, reference, outcomeOf(reference), scrub) ?? []);
  if (failures.length > 0) return { lines: [], failures };
  const readOf = (reference: Reference): SecretRead | undefined => {
    const outcome = outcomeOf(reference);
    return outcome.ok ? outcome.secret : undefined;
  };
  const rendered = await render((reference) => readOf(reference)?.value.reveal());
  if (!rendered.ok) return { lines: [], failures: rendered.problems.map((problem) => valueFailure(spec, references, problem)) };
  const { product, missing } = rendered;
  if (missing === 'all') return { product, lines: [`${texts(references)} not there, left out (optional)`], failures: [] };
  const lines = references.map((reference) => successLine(reference, readOf(reference)));
  if (missing.length > 0) lines.push(`${texts(references)}: ${missing.join(', ')} not there, left out (optional)`);
  return { product, lines, failures: [] };
}

/** Whether the entry can still be delivered after this outcome; absence is all that an optional entry forgives. */
export function isLost(spec: Entry, outcome: ReadOutcome): boolean {
  return !outcome.ok && !isForgiven(spec, outcome.error);
}

// An outage or a refusal must not start an app bare that would have had its secret.
function isForgiven(spec: Entry, error: unknown): boolean {
  return spec.optional === true && error instanceof ProviderError && error.code === 'not-found';
}

/** The failure of one reference whose read failed; undefined when it did not, or is forgiven. */
function readFailure(spec: Entry, reference: Reference, outcome: ReadOutcome, scrub: (text: string) => string): Failure | undefined {
  if (outcome.ok || !isLost(spec, outcome)) return undefined;
  const { error, identity } = outcome;
  const about = { key: spec.key, reference: reference.text, store: reference.store };
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
function successLine({ text }: Reference, secret: SecretRead | undefined): string {
  const version = secret?.version === undefined ? '' : ` version ${secret.version}`;
  const lease = secret?.expiresIn === undefined ? '' : ` valid for ${secret.expiresIn} s, not renewed`;
  return `${text}${version}${lease}`;
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

function valueFailure(spec: Entry, references: readonly Reference[], { reference, what, remedy }: EntryProblem): Failure {
  const [only] = reference === undefined && references.length > 1 ? [] : [reference ?? references[0]];
  return {
    code: 'value',
    key: spec.key,
    reference: only?.text ?? texts(references),
    ...(only === undefined ? {} : { store: only.store }),
    what,
    remedy,
  };
}

function texts(references: readonly Reference[]): string {
  return references.map(({ text }) => text).join(', ');
}

/** Says of a failure that might have healed what ended the tries. */
export function endedBy(failure: Failure, stopped: boolean, over: boolean, deadline: number): Failure {
  if (!['unreachable', 'unavailable', 'throttled'].includes(failure.code)) return failure;
  if (stopped) return { ...failure, code: 'stopped', what: `stopped from outside before it succeeded; last: ${failure.what}` };
  if (over) return { ...failure, what: `not read within the deadline of ${formatDuration(deadline)}; last: ${failure.what}` };
  return failure;
}
