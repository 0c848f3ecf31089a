import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CHART } from '../../scripts/helm.ts';
import { type ApiAnswer, type ApiCall, apiClient } from '../support/api-client.ts';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { answerOnce, dryCreate, withoutConfiguration } from '../support/e2e-policies.ts';
import { RELEASE, SYSTEM } from '../support/e2e-setup.ts';
import { create, get, must } from '../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-policies-staged';
const FILE = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
/** It bears our name and runs, and is not our program; nothing but the net would stop it. */
const forged = (name: string) =>
  pod(NAMESPACE, name, FILE, {
    initContainers: [{ ...app(cluster.appImage, 'true'), name: 'keyfirst-init' }],
    containers: [app(cluster.appImage, 'true')],
  });
const setAction = (action: string) =>
  must('helm', [
    'upgrade',
    RELEASE,
    CHART,
    '-n',
    SYSTEM,
    '--reuse-values',
    '--set',
    `policies.action=${action}`,
    '--wait',
    '--timeout',
    '2m',
  ]);

let client: (call: ApiCall) => Promise<ApiAnswer>;
let gone: AsyncDisposable | undefined;
const tried = (name: string, isWanted: (answer: ApiAnswer) => boolean) => answerOnce(() => dryCreate(client, forged(name)), isWanted);
const actionsOf = async (policy: string) => (await get('validatingadmissionpolicybinding', `keyfirst-${policy}`)).spec.validationActions;

beforeAll(async () => {
  client = await apiClient();
  await create(...namespace(NAMESPACE));
  await setAction('Warn');
  gone = await withoutConfiguration();
});
afterAll(async () => {
  await gone?.[Symbol.asyncDispose]();
  await setAction('Deny');
  await remove(NAMESPACE);
});

describe('with policies.action: Warn', () => {
  it('a forged pod is made, and its author is told what will be refused', async () => {
    await tried('asked', ({ code }) => code === 201);
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
