import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildDashboard } from '../../scripts/dashboard/build.ts';
import { CHART } from '../../scripts/helm.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { ciValues, merged, one, type Rendered, ROOT, refusal, render, requireHelm } from './support/chart.ts';
import { metricsIn } from './support/promql.ts';

const monitoring = () => render(ciValues('monitoring'));
const rules = (objects = monitoring()): Rendered[] => one(objects, 'PrometheusRule').spec.groups.flatMap((group: Rendered) => group.rules);
const dashboards = (objects: readonly Rendered[]) =>
  objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith('-dashboard'));

describe('monitoring', () => {
  beforeEach(requireHelm);

  it('is off by default', () => {
    const objects = render(ciValues('default'));

    expect(objects.map(({ kind }) => kind).filter((kind) => ['ServiceMonitor', 'PrometheusRule'].includes(kind))).toEqual([]);
    expect(dashboards(objects)).toEqual([]);
  });

  it("has a ServiceMonitor that finds the Service's metrics port", () => {
    const objects = monitoring();
    const { metadata, spec } = one(objects, 'ServiceMonitor');
    const service = one(objects, 'Service');

    expect(metadata.labels).toMatchObject({ release: 'prometheus', 'app.kubernetes.io/name': 'keyfirst' });
    expect(spec.endpoints).toEqual([{ port: 'metrics', interval: '15s' }]);
    expect(service.spec.ports.map(({ name }: Rendered) => name)).toContain('metrics');
    expect(service.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(service.metadata.namespace).toBe(metadata.namespace);
  });

  it('has a ConfigMap that the sidecar of Grafana finds, with the dashboard of the release', () => {
    const [{ metadata, data }] = dashboards(monitoring());

    expect(metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(metadata.annotations).toEqual({ grafana_folder: 'Platform' });
    const shown = JSON.parse(data['keyfirst.json']);
    expect(shown.title).toBe('Keyfirst');
    expect(JSON.stringify(shown)).toContain('policy=~\\"keyfirst-.+\\"');
    expect(JSON.stringify(shown)).not.toContain('[[');
  });

  it.each<[object, string]>([
    [{ monitoring: { serviceMonitor: { interval: 30 } } }, "at '/monitoring/serviceMonitor/interval': got number, want string"],
    [{ monitoring: { serviceMonitor: { interval: '30 s' } } }, "'30 s' does not match pattern"],
    [{ monitoring: { serviceMonitors: {} } }, "at '/monitoring': additional properties 'serviceMonitors' not allowed"],
    [
      { monitoring: { prometheusRule: { runbookUrl: 'docs' } } },
      "at '/monitoring/prometheusRule/runbookUrl': 'docs' does not match pattern",
    ],
    [{ monitoring: { dashboard: { labels: { grafana_dashboard: 1 } } } }, 'got number, want string'],
  ])('refuses %j', (changes, message) => {
    expect(refusal(merged(ciValues('default'), changes))).toContain(message);
  });
});

describe('the alerts', () => {
  beforeEach(requireHelm);

  it('each say how grave they are, what it is, and where to read on', () => {
    const runbook = readFileSync(join(ROOT, 'docs/monitoring.md'), 'utf8');

    for (const { alert, labels, annotations } of rules()) {
      expect(labels, alert).toEqual({ severity: expect.stringMatching(/^(critical|warning)$/), team: 'platform' });
      expect(annotations.summary, alert).toMatch(/^[A-Z].*\.$/);
      expect(annotations.description, alert).toMatch(/\.$/);
      expect(annotations.runbook_url).toBe(`https://git.test/keyfirst/docs/monitoring.md#${alert.toLowerCase()}`);
      expect(runbook).toContain(`\n### ${alert}\n`);
    }
    const sections = [...runbook.matchAll(/^### (Keyfirst\w+)$/gm)].map(([, name]) => name);
    expect(new Set(sections)).toEqual(new Set(rules().map(({ alert }) => alert)));
  });

  it('have no place for values left', () => {
    expect(JSON.stringify(rules())).not.toContain('[[');
  });

  it('count the replicas that the values want, and watch the policy of the release', () => {
    const changed = rules(render(merged(ciValues('monitoring'), { webhook: { replicas: 5 }, fullnameOverride: 'keys' })));
    const text = (name: string) => changed.find(({ alert }) => alert === name).expr;

    expect(text('KeyfirstReplicasMissing')).toBe('sum(keyfirst_ready) < 5');
    expect(text('KeyfirstPodNotInjected')).toContain('policy="keys-pods"');
    expect(text('KeyfirstCertificateExpiring')).toMatch(/< 3600$/);
  });

  it('do not wait for ServiceAccounts that nobody reads', () => {
    const names = rules(render(merged(ciValues('monitoring'), { settings: { identity: { serviceAccounts: false } } }))).map(
      ({ alert }) => alert,
    );

    expect(names).not.toContain('KeyfirstServiceAccountsStale');
    expect(names).toContain('KeyfirstDown');
  });
});

describe('the dashboard', () => {
  it('is what the code builds (`npm run generate` writes it)', () => {
    expect(JSON.parse(readFileSync(join(CHART, 'files/dashboard.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(buildDashboard())));
  });

  it('places no panel over another, within 24 columns', () => {
    const taken = new Set<string>();
    for (const { gridPos, title } of buildDashboard().panels ?? []) {
      if (gridPos === undefined) throw new Error(`${title} has no place`);
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.has(`${column},${row}`), `${title} at ${column},${row}`).toBe(false);
          taken.add(`${column},${row}`);
        }
      }
    }
  });
});

describe('metrics that rules and dashboard name', () => {
  beforeEach(requireHelm);

  const queries = (): string[] => {
    const panels = (buildDashboard().panels ?? []).flatMap((panel) => ('targets' in panel ? (panel.targets ?? []) : []));
    return [...rules().map(({ expr }) => expr), ...panels.map((target) => (target as unknown as { expr: string }).expr)];
  };

  it("are the webhook's, with its labels, or the API server's", async () => {
    const webhook = createMetrics();
    const known = new Map<string, ReadonlySet<string>>();
    /** What Prometheus adds by the ServiceMonitor. */
    const TARGET = ['job', 'namespace', 'pod', 'instance'];
    for (const { name, type, labelNames } of webhook.registry.getMetricsAsArray() as unknown as {
      name: string;
      type: string;
      labelNames: string[];
    }[]) {
      const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((ending) => name + ending) : [name];
      for (const each of names) known.set(each, new Set([...labelNames, ...TARGET, ...(type === 'histogram' ? ['le'] : [])]));
    }
    const apiServer = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/api-server-metrics.json'), 'utf8')) as Record<string, string[]>;
    for (const [name, labels] of Object.entries(apiServer)) known.set(name, new Set(labels));

    const named = queries().flatMap(metricsIn);
    expect(named.length).toBeGreaterThan(30);
    for (const { metric, labels } of named) {
      expect([...known.keys()]).toContain(metric);
      expect([...(known.get(metric) ?? [])], metric).toEqual(expect.arrayContaining([...labels]));
    }
  });
});
