import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { findPromtool } from '../support/promtool.ts';
import { ciValues, merged, one, type Rendered, ROOT, render, requireHelm } from './support/chart.ts';

/** What promtool runs: one test an alert and situation, with the alerts that it expects. Helm's values are the defaults. */
const CASES = parse(readFileSync(join(ROOT, 'test/fixtures/alerts.yaml'), 'utf8')) as { tests: Rendered[] };
const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
const tool = await findPromtool();
const promtool = (...args: string[]) => execFileSync('promtool' in tool ? tool.promtool : '', args, { encoding: 'utf8', stdio: 'pipe' });

describe('the alert rules', () => {
  beforeEach(({ skip }) => {
    requireHelm({ skip });
    if ('missing' in tool) skip(tool.missing);
  });

  beforeAll(() => {
    const values = merged(ciValues('default'), { monitoring: { prometheusRule: { enabled: true } } });
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: one(render(values), 'PrometheusRule').spec.groups }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are rules of Prometheus', () => {
    expect(promtool('check', 'rules', join(folder, 'rules.yaml'))).toContain('SUCCESS');
  });

  it.each(CASES.tests.map((test) => [test.name as string, test] as const))('%s', (name, test) => {
    const file = join(folder, 'test.yaml');
    writeFileSync(
      file,
      stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests: [{ ...test, alert_rule_test: expected(test) }] }),
    );

    expect(
      said(() => promtool('test', 'rules', file)),
      name,
    ).toContain('SUCCESS');
  });

  it('each fire in one situation and stay silent in another', () => {
    const names = (
      one(render(merged(ciValues('default'), { monitoring: { prometheusRule: { enabled: true } } })), 'PrometheusRule').spec
        .groups as Rendered[]
    )
      .flatMap(({ rules }) => rules)
      .map(({ alert }: Rendered) => alert as string);
    const covered = (fires: boolean) =>
      new Set(
        CASES.tests
          .flatMap(({ alert_rule_test: checks }) => checks)
          .flatMap(({ alertname, exp_alerts = [] }) => (exp_alerts.length > 0 === fires ? [alertname] : [])),
      );

    expect(covered(true)).toEqual(new Set(names));
    expect(covered(false)).toEqual(new Set(names));
  });
});

/** The cases name the labels; severity, summary, description and runbook are the rule's own, which promtool wants repeated. */
function expected({ alert_rule_test: checks }: Rendered): Rendered[] {
  const rules: Rendered[] = parse(readFileSync(join(folder, 'rules.yaml'), 'utf8')).groups.flatMap((group: Rendered) => group.rules);
  return checks.map((check: Rendered) => ({
    ...check,
    exp_alerts: (check.exp_alerts ?? []).map(({ labels = {}, description }: Rendered) => {
      const rule = rules.find(({ alert }) => alert === check.alertname);
      return {
        exp_labels: { ...rule.labels, ...labels },
        exp_annotations: { ...rule.annotations, ...(description === undefined ? {} : { description }) },
      };
    }),
  }));
}

/** What a program printed, also when it failed. */
function said(call: () => string): string {
  try {
    return call();
  } catch (error) {
    return error instanceof Error && 'stdout' in error && 'stderr' in error
      ? `${String(error.stdout)}${String(error.stderr)}`
      : String(error);
  }
}
