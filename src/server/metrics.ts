import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The outcome of one admission: its kind, and the reason of a skip or a rejection (empty for an injection). */
export interface AdmissionOutcome {
  readonly outcome: 'inject' | 'skip' | 'reject' | 'error';
  readonly reason: string;
}

/** The outcome of one review of a workload; `unknown`: an identity that it needed could not be read. */
export type ValidationOutcome = 'silent' | 'warned' | 'unknown' | 'error';

/** What a watch of ServiceAccounts has told; `heard` in milliseconds since 1970. */
export interface ServiceAccountsKnown {
  readonly known: number;
  readonly heard: number | undefined;
}

/** Metrics of the webhook. Names are a public interface; labels never hold what users write. */
export interface Metrics {
  readonly registry: Registry;
  /** `seconds`: from the request's headers read to the answer made; absent for a request that never came to be a review, which is only counted. */
  admission(outcome: AdmissionOutcome, seconds?: number): void;
  /** One review of a workload. */
  validation(outcome: ValidationOutcome): void;
  certificate(notAfter: Date): void;
  /** Tells how to find out, at each scrape, whether this replica is ready. */
  readiness(isReady: () => boolean): void;
  /** Tells how to find out, at each scrape, how many calls are begun and not answered. */
  inFlight(calls: () => number): void;
  /** Tells how to find out, at each scrape, how well the ServiceAccounts of the cluster are known. */
  serviceAccounts(state: () => ServiceAccountsKnown): void;
}

/** Admission is a matter of a millisecond; anything near the API server's 10 s is an incident. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const admissions = new Counter({
    name: 'keyfirst_admissions_total',
    help: 'Admission reviews answered, by outcome (inject, skip, reject, error) and reason.',
    labelNames: ['outcome', 'reason'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'keyfirst_admission_duration_seconds',
    help: 'Time from the headers of a request to the answer to its admission review, by outcome.',
    labelNames: ['outcome'] as const,
    buckets: BUCKETS,
    registers,
  });
  const validations = new Counter({
    name: 'keyfirst_validations_total',
    help: 'Reviews of workloads answered, by outcome (silent, warned, unknown, error); they only ever warn.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const expiry = new Gauge({
    name: 'keyfirst_certificate_expiry_timestamp_seconds',
    help: 'When the serving certificate expires, in seconds since 1970.',
    registers,
  });
  /** A gauge that is read when it is asked for. */
  const reading = (name: string, help: string, read: () => number) =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  let isReady = () => false;
  let inFlight = () => 0;
  let accounts: () => ServiceAccountsKnown = () => ({ known: 0, heard: undefined });
  reading('keyfirst_ready', 'Whether the replica is ready, 1 or 0.', () => (isReady() ? 1 : 0));
  reading('keyfirst_admissions_in_flight', 'Calls of the API server begun and not answered.', () => inFlight());
  reading(
    'keyfirst_service_accounts_known',
    'ServiceAccounts whose identity is in memory; 0 also where none are read.',
    () => accounts().known,
  );
  reading(
    'keyfirst_service_accounts_heard_timestamp_seconds',
    'When the API server last told something of ServiceAccounts, in seconds since 1970; 0 before that, and where none are read.',
    () => (accounts().heard ?? 0) / 1000,
  );
  return {
    registry,
    admission({ outcome, reason }, seconds) {
      admissions.inc({ outcome, reason });
      if (seconds !== undefined) duration.observe({ outcome }, seconds);
    },
    validation: (outcome) => validations.inc({ outcome }),
    certificate: (notAfter) => expiry.set(notAfter.getTime() / 1000),
    readiness: (now) => (isReady = now),
    inFlight: (calls) => (inFlight = calls),
    serviceAccounts: (state) => (accounts = state),
  };
}
