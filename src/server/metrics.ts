import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The outcome of one admission: its kind, and the reason of a skip or a rejection (empty for an injection). */
export interface AdmissionOutcome {
  readonly outcome: 'inject' | 'skip' | 'reject' | 'error';
  readonly reason: string;
}

/** Metrics of the webhook. Names are a public interface; labels never hold what users write. */
export interface Metrics {
  readonly registry: Registry;
  /** `seconds`: from the request's headers read to the answer made; absent for a request that never came to be a review, which is only counted. */
  admission(outcome: AdmissionOutcome, seconds?: number): void;
  certificate(notAfter: Date): void;
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
  const expiry = new Gauge({
    name: 'keyfirst_certificate_expiry_timestamp_seconds',
    help: 'When the serving certificate expires, in seconds since 1970.',
    registers,
  });
  return {
    registry,
    admission({ outcome, reason }, seconds) {
      admissions.inc({ outcome, reason });
      if (seconds !== undefined) duration.observe({ outcome }, seconds);
    },
    certificate: (notAfter) => expiry.set(notAfter.getTime() / 1000),
  };
}
