import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, everStarted, lookAround, namespace, pod, remove, statusOf, untilPhase } from '../support/e2e-pods.ts';
import { create, eventually, get, kubectl, type Manifest } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const NAMESPACE = 'kf-failures';
const containers = [app(cluster.appImage, lookAround())];
const asking = (reference: string, more: Record<string, string> = {}) => ({ 'keyfirst.dev/file.password': reference, ...more });

interface Case {
  readonly annotations: Record<string, string>;
  readonly exitCode: number;
  /** Reference, HTTP status and remedy, as the message and `kubectl describe pod` must show them. */
  readonly says: readonly RegExp[];
}

const CASES: Readonly<Record<string, Case>> = {
  'wrong-path': {
    annotations: asking('vault://secret/shop/nothing#password'),
    exitCode: 66,
    says: [/vault:\/\/secret\/shop\/nothing#password/, /HTTP 404/, /Check the path: `vault kv get secret\/shop\/nothing`/],
  },
  'wrong-role': {
    annotations: asking('vault://secret/shop/db#password', { 'keyfirst.dev/store.vault.role': 'shopp' }),
    exitCode: 77,
    says: [/vault:\/\/secret\/shop\/db#password/, /HTTP 400/, /Check the setting `role`: `vault read auth\/kubernetes\/role\/shopp`/],
  },
  'wrong-service-account': {
    annotations: asking('vault://secret/shop/db#password'),
    exitCode: 77,
    says: [/vault:\/\/secret\/shop\/db#password/, /HTTP 403/, /bound_service_account_names=default/],
  },
  'not-allowed': {
    annotations: asking('vault://secret/private/db#password'),
    exitCode: 77,
    says: [
      /vault:\/\/secret\/private\/db#password/,
      /HTTP 403/,
      /policy with `path "secret\/data\/private\/db"/,
      new RegExp(`${NAMESPACE}.*shop`),
    ],
  },
  'wrong-property': {
    annotations: asking('vault://secret/shop/db#passwort'),
    exitCode: 65,
    says: [/vault:\/\/secret\/shop\/db#passwort/, /no property `passwort`; it has `empty`, `password`, `text`, `username`/],
  },
  'two-problems': {
    annotations: { ...asking('vault://secret/shop/nothing#password'), 'keyfirst.dev/file.other': 'vault://secret/private/db#password' },
    exitCode: 77,
    says: [/2 problems/, /secret\/shop\/nothing/, /secret\/private\/db/],
  },
};
const SERVICE_ACCOUNTS: Readonly<Record<string, string>> = { 'wrong-service-account': 'default' };
const KEEPS_TRYING = 'wrong-path-always';
const JOB = 'wrong-path-job';

describe.skipIf(vault === undefined)(`an app whose secret cannot be had${vault ? '' : ` (${noVault})`}`, () => {
  beforeAll(async () => {
    const pods = Object.entries(CASES).map(([name, { annotations }]) =>
      pod(NAMESPACE, name, annotations, { containers, serviceAccountName: SERVICE_ACCOUNTS[name] ?? 'shop' }),
    );
    const annotations = asking('vault://secret/shop/nothing#password');
    await create(...namespace(NAMESPACE), ...pods, pod(NAMESPACE, KEEPS_TRYING, annotations, { containers, restartPolicy: 'Always' }), {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: JOB, namespace: NAMESPACE },
      spec: {
        backoffLimit: 0,
        podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 2, 126, 127, 128, 137, 143, 255] } }] },
        template: { metadata: { annotations }, spec: { serviceAccountName: 'shop', restartPolicy: 'Never', containers } },
      },
    });
  });

  afterAll(() => remove(NAMESPACE));

  describe.each(Object.entries(CASES))('%s', (name, { exitCode, says }) => {
    it('never starts', async () => {
      const found = await untilPhase(NAMESPACE, name, 'Failed');
      expect(everStarted(found, 'app')).toBe(false);
    });

    it(`is told why by kubectl describe pod, with exit code ${exitCode}`, async () => {
      const found = await untilPhase(NAMESPACE, name, 'Failed');
      const { terminated } = statusOf(found, 'keyfirst-init').state;
      expect(terminated.exitCode).toBe(exitCode);
      for (const words of says) expect(terminated.message).toMatch(words);
      expect(await kubectl('describe', 'pod', name, '-n', NAMESPACE)).toContain(terminated.message);
    });
  });

  it('is tried again in a pod that restarts, and still does not start', async () => {
    const found = await eventually('a second try', async () => {
      const now = await get('pod', KEEPS_TRYING, '-n', NAMESPACE);
      return (now.status.initContainerStatuses?.[0]?.restartCount ?? 0) > 0 ? now : undefined;
    });
    expect(everStarted(found, 'app')).toBe(false);
    expect(await kubectl('describe', 'pod', KEEPS_TRYING, '-n', NAMESPACE)).toMatch(/HTTP 404/);
  });

  it("does not set off a rule of the Job's podFailurePolicy for the app's own exit codes", async () => {
    const reason = await eventually('the Job failed', async () => {
      const { status } = await get('job', JOB, '-n', NAMESPACE);
      return (status.conditions as Manifest[] | undefined)?.find(({ type }) => type === 'Failed')?.reason as string | undefined;
    });
    expect(reason).toBe('BackoffLimitExceeded');
  });
});
