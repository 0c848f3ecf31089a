import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { RELEASE, SYSTEM } from '../support/e2e-setup.ts';
import { create, eventually, get, kubectl, type Manifest, must, run, tryCreate } from '../support/kubectl.ts';
import { printed, type Right, rightsIn, without } from '../support/permissions.ts';

const { cluster } = inject('e2e');
const ROOT = join(import.meta.dirname, '../..');
const NAMESPACE = 'kf-chart';

const manifest = () => must('helm', ['get', 'manifest', RELEASE, '-n', SYSTEM]);
const objects = async (): Promise<Manifest[]> =>
  parseAllDocuments(await manifest()).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Manifest]));

describe('what GitOps tools compare', () => {
  it('no live object differs from what the chart renders, in any field that it renders', async () => {
    // Both ways to compare: as `kubectl apply` and Flux do it, and as the server-side diff of Argo CD does.
    for (const flags of [[], ['--server-side', '--force-conflicts', '--field-manager=argocd-controller']]) {
      const { code, stdout, stderr } = await run('kubectl', ['diff', ...flags, '-f', '-'], await manifest());
      expect(`${stdout}${stderr}`, flags.join(' ')).toBe('');
      expect(code).toBe(0);
    }
  });

  it('caBundle is all that the live webhook configuration has beyond it and the defaults of the API server', async () => {
    const rendered = (await objects()).find(({ kind }) => kind === 'MutatingWebhookConfiguration');
    if (rendered === undefined) throw new Error('no webhook configuration');
    const live = await get('mutatingwebhookconfiguration', rendered.metadata.name);
    const copy = { ...rendered, metadata: { ...rendered.metadata, name: 'zz-keyfirst-copy' } };
    const defaulted = JSON.parse(
      await must('kubectl', ['create', '--dry-run=server', '-o', 'json', '-f', '-'], JSON.stringify(copy)),
    ) as Manifest;

    const beyond = paths(live.webhooks).filter((path) => !paths(defaulted.webhooks).includes(path));
    expect(beyond).toEqual((live.webhooks as Manifest[]).map((_, index) => `${index}.clientConfig.caBundle`));
    expect(paths(defaulted.webhooks).filter((path) => !paths(live.webhooks).includes(path))).toEqual([]);
  });
});

describe('docs/permissions.md', () => {
  const page = join(ROOT, 'docs/permissions.md');
  const list = async (where: string, ...as: string[]) => rightsIn(await kubectl('auth', 'can-i', '--list', '-n', where, ...as));
  const anybody = ['--as=system:serviceaccount:default:anybody', '--as-group=system:serviceaccounts', '--as-group=system:authenticated'];

  it("prints all rights of the webhook's ServiceAccount, as the API server tells them", async () => {
    const { items } = await get('pods', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`);
    const us = [`--as=system:serviceaccount:${SYSTEM}:${items[0].spec.serviceAccountName}`];
    const everybody = await list('default', ...anybody);
    const everywhere = without(await list('default', ...us), everybody);
    const inside = without(without(await list(SYSTEM, ...us), everybody), everywhere);
    const before = readFileSync(page, 'utf8');
    const after = [['everywhere', everywhere] as const, ['own namespace', inside] as const, ['everybody', everybody] as const].reduce(
      (text, [name, rights]) => fill(text, name, rights),
      before,
    );
    // `UPDATE_DOCS=1` writes the page anew.
    if (process.env.UPDATE_DOCS !== undefined) writeFileSync(page, after);
    expect(readFileSync(page, 'utf8')).toBe(after);

    const explained = readFileSync(page, 'utf8').split('## Why')[1] ?? '';
    for (const { what } of [...everywhere, ...inside]) expect(explained).toContain(`\`${what}\``);
  });
});

function fill(text: string, name: string, rights: readonly Right[]): string {
  const block = new RegExp(`(<!-- rights: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  if (!block.test(text)) throw new Error(`docs/permissions.md has no block ${name}`);
  return text.replace(
    block,
    (_, start, end) => `${start}\n${rights.length === 0 ? 'None.' : `\`\`\`text\n${printed(rights)}\n\`\`\``}\n\n${end}`,
  );
}

describe("the API server's metrics that alerts and dashboard use", () => {
  const own = cluster.folder === undefined ? ' (the policy of the test is for a cluster of ours)' : '';
  const POLICY = 'kf-chart-metrics';

  beforeAll(async () => {
    await create(...namespace(NAMESPACE));
    if (own !== '') return;
    await create(
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: POLICY },
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
          validations: [{ expression: 'false', message: 'refused by the test' }],
        },
      },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: POLICY },
        spec: {
          policyName: POLICY,
          validationActions: ['Deny'],
          matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } } },
        },
      },
    );
  });
  afterAll(async () => {
    await kubectl('delete', 'validatingadmissionpolicy,validatingadmissionpolicybinding', POLICY, '--ignore-not-found');
    await remove(NAMESPACE);
  });

  it.skipIf(own !== '')(`have the names and labels that the rules count on${own}`, async () => {
    const wrong = pod(NAMESPACE, 'wrong', { 'keyfirst.dev/file.x': 'vault//x' }, { containers: [app(cluster.appImage, 'true')] });
    expect((await tryCreate([wrong], { dryRun: true })).stderr).toContain('keyfirst.dev/file.x');
    const plain = pod(NAMESPACE, 'plain', {}, { containers: [app(cluster.appImage, 'true')] });
    await eventually('the policy refuses', async () => (await tryCreate([plain], { dryRun: true })).stderr.includes('refused by the test'));
    const text = await kubectl('get', '--raw', '/metrics');
    const known = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/api-server-metrics.json'), 'utf8')) as Record<string, string[]>;
    for (const [metric, labels] of Object.entries(known)) {
      const line = new RegExp(`^${metric}\\{(.*)\\} `, 'm').exec(text)?.[1] ?? '';
      expect(new Set([...line.matchAll(/(\w+)="/g)].map(([, label]) => label)), metric).toEqual(new Set(labels));
    }
    expect(text).toMatch(/^apiserver_admission_webhook_rejection_count\{error_type="no_error",name="pods\.keyfirst\.dev".*\} [1-9]/m);
    expect(text).toMatch(
      new RegExp(`^apiserver_validating_admission_policy_check_total\\{enforcement_action="deny".*policy="${POLICY}".*\\} [1-9]`, 'm'),
    );
  });
});

/** Where each scalar of a value is. */
function paths(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  const entries = Object.entries(value);
  return entries.length === 0 ? [at] : entries.flatMap(([key, inner]) => paths(inner, at === '' ? key : `${at}.${key}`));
}
