import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ApiAnswer, type ApiCall, apiClient } from '../support/api-client.ts';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { answerOnce, dryCreate, withoutConfiguration } from '../support/e2e-policies.ts';
import { keepValues, upgradeWith } from '../support/e2e-release.ts';
import { create, get, kubectl } from '../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-policies-staged';
const FILE = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
/** It bears our name and runs, and is not our program; nothing but the net would stop it. */
const forged = (name: string) =>
  pod(NAMESPACE, name, FILE, {
    initContainers: [{ ...app(cluster.appImage, 'true'), name: 'keyfirst-init' }],
    containers: [app(cluster.appImage, 'true')],
  });
const setAction = (action: string) => upgradeWith('--set', `policies.action=${action}`);

let kept: AsyncDisposable | undefined;
let client: (call: ApiCall) => Promise<ApiAnswer>;
const tried = (name: string, isWanted: (answer: ApiAnswer) => boolean) => answerOnce(() => dryCreate(client, forged(name)), isWanted);
/** How often the API server has counted, not refused, that a pod breaks a rule. */
const audited = async () => {
  const count =
    /^apiserver_validating_admission_policy_check_total\{(?=[^}]*enforcement_action="audit")(?=[^}]*policy="keyfirst-pods")[^}]*\} (\d+)/m;
  return Number(count.exec(await kubectl('get', '--raw', '/metrics'))?.[1] ?? 0);
};
const actionsOf = async (policy: string) => (await get('validatingadmissionpolicybinding', `keyfirst-${policy}`)).spec.validationActions;

/** This action, and nothing but the net: an upgrade brings the webhook's configuration back. */
function staged(action: string): void {
  let gone: AsyncDisposable | undefined;
  beforeAll(async () => {
    await setAction(action);
    gone = await withoutConfiguration();
  });
  afterAll(() => gone?.[Symbol.asyncDispose]());
}

beforeAll(async () => {
  client = await apiClient();
  kept = await keepValues();
  await create(...namespace(NAMESPACE));
});
afterAll(async () => {
  await kept?.[Symbol.asyncDispose]();
  await remove(NAMESPACE);
});

describe('with policies.action: Audit', () => {
  staged('Audit');

  it('a forged pod is made without a word, and counted', async () => {
    await tried('asked', ({ code }) => code === 201);
    const count = await audited();
    const { code, warnings } = await dryCreate(client, forged('forged'));

    expect({ code, warnings }).toEqual({ code: 201, warnings: [] });
    // Once for each rule that it breaks.
    expect(await audited()).toBeGreaterThan(count);
    expect(await actionsOf('ephemeral-containers')).toEqual(['Audit']);
    expect(await actionsOf('self')).toEqual(['Deny']);
  });
});

describe('with policies.action: Warn', () => {
  staged('Warn');

  it('a forged pod is made, and its author is told what will be refused', async () => {
    await tried('asked', ({ warnings }) => warnings.length > 0);
    const { namespace: where } = forged('forged').metadata;
    const { code, warnings } = await client({ method: 'POST', path: `/api/v1/namespaces/${where}/pods`, body: forged('forged') });

    expect(code).toBe(201);
    expect(warnings).toContainEqual(expect.stringContaining("'keyfirst-pods' with binding 'keyfirst-pods': the image of keyfirst-init is"));
    expect((await get('pod', 'forged', '-n', NAMESPACE)).spec.initContainers[0].image).toBe(cluster.appImage);
  });

  it('the limits of the webhook itself stay', async () => {
    expect(await actionsOf('ephemeral-containers')).toEqual(['Warn', 'Audit']);
    expect(await actionsOf('self')).toEqual(['Deny']);
  });
});
