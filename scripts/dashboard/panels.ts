/** One panel of the dashboard: what it asks Prometheus, and where it stands on Grafana's grid of 24 columns. */
export interface PanelSpec {
  readonly kind: 'stat' | 'timeseries';
  readonly title: string;
  /** What the reader should make of it. */
  readonly description: string;
  /** A unit of Grafana. */
  readonly unit: 'short' | 'ops' | 's' | 'bytes' | 'percentunit';
  readonly width: number;
  readonly height: number;
  /** PromQL by legend; `{{label}}` in a legend stands for a label's value. */
  readonly queries: Readonly<Record<string, string>>;
  readonly stacked?: boolean;
  readonly max?: number;
  readonly decimals?: number;
  /** From which value on it is green, yellow or red: pairs in rising order, the first without a value. */
  readonly thresholds?: readonly (readonly [color: 'green' | 'yellow' | 'red', from: number | null])[];
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

const JOB = '{job="$job"}';
/** The API server names our webhook and our policies; the chart puts the release's name in place of `[[fullname]]`. */
const WEBHOOK = 'name="pods.keyfirst.dev"';
const POLICIES = 'policy=~"[[fullname]]-.+"';
const RATE = '[$__rate_interval]';

const rate = (metric: string, labels = '') => `rate(${metric}{job="$job"${labels}}${RATE})`;
const quantile = (q: number, series: string) => `histogram_quantile(${q}, sum by (le) (${series}))`;
const duration = rate('keyfirst_admission_duration_seconds_bucket');
const calls = `rate(apiserver_admission_webhook_admission_duration_seconds_bucket{${WEBHOOK}}${RATE})`;

const stat = { kind: 'stat', width: 4, height: 4, unit: 'short' } as const;
const chart = { kind: 'timeseries', width: 12, height: 8, unit: 'short' } as const;

/** The dashboard's rows, from what everybody wants to know to what explains it. */
export const ROWS: readonly RowSpec[] = [
  {
    title: 'Now',
    panels: [
      {
        ...stat,
        title: 'Ready replicas',
        description: 'Replicas that the API server trusts and calls. None: pods that ask for secrets are refused.',
        queries: { ready: `sum(keyfirst_ready${JOB})` },
        thresholds: [
          ['red', null],
          ['yellow', 1],
          ['green', 2],
        ],
      },
      {
        ...stat,
        title: 'Admissions',
        description:
          'Reviews answered in a second. Each injected pod counts twice: the API server asks again about a pod that was changed.',
        unit: 'ops',
        queries: { admissions: `sum(${rate('keyfirst_admissions_total')})` },
      },
      {
        ...stat,
        title: 'p99 in the webhook',
        description: 'One admission in a hundred takes longer.',
        unit: 's',
        queries: { p99: quantile(0.99, duration) },
        thresholds: [
          ['green', null],
          ['yellow', 0.1],
          ['red', 0.5],
        ],
      },
      {
        ...stat,
        title: 'Rejected, one hour',
        description: 'Pods refused with a message to their author.',
        decimals: 0,
        queries: { rejected: `sum(increase(keyfirst_admissions_total{job="$job",outcome="reject"}[1h])) or vector(0)` },
        thresholds: [
          ['green', null],
          ['yellow', 1],
        ],
      },
      {
        ...stat,
        title: 'Errors, one hour',
        description: 'Requests without an answer: overload, malformed reviews, faults of ours.',
        decimals: 0,
        queries: { errors: `sum(increase(keyfirst_admissions_total{job="$job",outcome="error"}[1h])) or vector(0)` },
        thresholds: [
          ['green', null],
          ['red', 1],
        ],
      },
      {
        ...stat,
        title: 'Next certificate ends in',
        description: 'Of all replicas. It is renewed at two thirds of its life.',
        unit: 's',
        queries: { ends: `min(keyfirst_certificate_expiry_timestamp_seconds${JOB}) - time()` },
        thresholds: [
          ['red', null],
          ['yellow', 86_400],
          ['green', 172_800],
        ],
      },
    ],
  },
  {
    title: 'Admissions',
    panels: [
      {
        ...chart,
        title: 'Admissions by outcome',
        description: 'An injection is followed by a skip, or by another injection where a webhook added a container in between.',
        unit: 'ops',
        stacked: true,
        queries: { '{{outcome}}': `sum by (outcome) (${rate('keyfirst_admissions_total')})` },
      },
      {
        ...chart,
        title: 'Skips, rejections and errors by reason',
        description: 'The reasons are explained in docs/operations.md.',
        unit: 'ops',
        queries: { '{{outcome}}: {{reason}}': `sum by (outcome, reason) (${rate('keyfirst_admissions_total', ',outcome!="inject"')})` },
      },
      {
        ...chart,
        title: 'Latency in the webhook',
        description: 'From the headers of a request to its answer.',
        unit: 's',
        queries: { p50: quantile(0.5, duration), p90: quantile(0.9, duration), p99: quantile(0.99, duration) },
      },
      {
        ...chart,
        title: 'Latency as the API server sees it',
        description: 'The way to the webhook included. Empty where the API server is not scraped.',
        unit: 's',
        queries: { p50: quantile(0.5, calls), p90: quantile(0.9, calls), p99: quantile(0.99, calls) },
      },
    ],
  },
  {
    title: 'Refused pods',
    panels: [
      {
        ...chart,
        width: 8,
        title: 'Rejections by reason',
        description: 'Told to the author of the pod, in the answer to kubectl or in the events of the workload.',
        stacked: true,
        unit: 'ops',
        queries: { '{{reason}}': `sum by (reason) (${rate('keyfirst_admissions_total', ',outcome="reject"')})` },
      },
      {
        ...chart,
        width: 8,
        title: 'Calls that failed',
        description: 'The API server could not call the webhook and refused the pod. Empty where the API server is not scraped.',
        unit: 'ops',
        stacked: true,
        queries: {
          '{{error_type}}': `sum by (error_type) (rate(apiserver_admission_webhook_rejection_count{${WEBHOOK},error_type!="no_error"}${RATE}))`,
        },
      },
      {
        ...chart,
        width: 8,
        title: 'Policy denials',
        description:
          'Pods that came without what Keyfirst adds, or with more than they may have. Empty where the API server is not scraped.',
        unit: 'ops',
        stacked: true,
        queries: {
          '{{policy}}: {{enforcement_action}}': `sum by (policy, enforcement_action) (rate(apiserver_validating_admission_policy_check_total{${POLICIES},enforcement_action!="allow"}${RATE}))`,
        },
      },
    ],
  },
  {
    title: 'Replicas',
    panels: [
      {
        ...chart,
        width: 8,
        title: 'Ready',
        description: '1 while the replica is ready.',
        max: 1,
        decimals: 0,
        queries: { '{{pod}}': `keyfirst_ready${JOB}` },
      },
      {
        ...chart,
        width: 8,
        title: 'Certificate ends in',
        description: 'A line that falls below a third of its height was not renewed.',
        unit: 's',
        queries: { '{{pod}}': `keyfirst_certificate_expiry_timestamp_seconds${JOB} - time()` },
      },
      {
        ...chart,
        width: 8,
        title: 'ServiceAccounts last heard of',
        description: 'How long ago the replica last heard from the API server. Without settings.identity.serviceAccounts it hears nothing.',
        unit: 's',
        queries: { '{{pod}}': `time() - (keyfirst_service_accounts_heard_timestamp_seconds${JOB} > 0)` },
      },
      {
        ...chart,
        width: 6,
        title: 'In flight',
        description: 'Admissions under way. A replica that has too many answers 429.',
        queries: { '{{pod}}': `keyfirst_admissions_in_flight${JOB}` },
      },
      {
        ...chart,
        width: 6,
        title: 'Event-loop lag, p99',
        description: 'How long work waits for the one thread. It includes the 10 ms of the measurement itself.',
        unit: 's',
        queries: { '{{pod}}': `nodejs_eventloop_lag_p99_seconds${JOB}` },
      },
      {
        ...chart,
        width: 6,
        title: 'Memory',
        description: 'Resident. The default limit is 512 MiB.',
        unit: 'bytes',
        queries: { '{{pod}}': `process_resident_memory_bytes${JOB}` },
      },
      {
        ...chart,
        width: 6,
        title: 'CPU',
        description: 'Share of one core.',
        unit: 'percentunit',
        queries: { '{{pod}}': rate('process_cpu_seconds_total') },
      },
    ],
  },
];
