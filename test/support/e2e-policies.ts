import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiAnswer, ApiCall } from './api-client.ts';
import { trusted } from './e2e-certificates.ts';
import { upgradeWith } from './e2e-release.ts';
import { webhookPods } from './e2e-webhook.ts';
import { create, eventually, kubectl, type Manifest } from './kubectl.ts';

export const CONFIGURATION = '00-keyfirst';
export const POLICIES = ['keyfirst-pods', 'keyfirst-ephemeral-containers', 'keyfirst-self', 'keyfirst-not-enabled'];

type Client = (call: ApiCall) => Promise<ApiAnswer>;

/** Asks what would become of a pod. */
export function dryCreate(client: Client, pod: Manifest): Promise<ApiAnswer> {
  const { namespace } = pod.metadata;
  return client({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`, body: pod });
}

/** What makes the API server tell every rule that a request breaks, as a warning: denials tell only the first. */
export async function tellAllRules(...policies: string[]): Promise<AsyncDisposable> {
  const name = (policy: string) => `keyfirst-e2e-${policy}`;
  await create(
    ...policies.map((policyName) => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: name(policyName) },
      spec: { policyName, validationActions: ['Warn'] },
    })),
  );
  return {
    [Symbol.asyncDispose]: () =>
      kubectl('delete', 'validatingadmissionpolicybindings', ...policies.map(name), '--ignore-not-found').then(() => undefined),
  };
}

/** Messages of the rules that a request broke, from the warnings of `tellAllRules`. */
export function brokenRules({ warnings }: ApiAnswer): string[] {
  return warnings.flatMap((warning) => /binding 'keyfirst-e2e-[^']*': (.*)$/s.exec(warning)?.[1] ?? []);
}

/** Takes the webhook's configuration away until it is disposed of; Helm brings it back, as it would for a user. */
export async function withoutConfiguration(): Promise<AsyncDisposable> {
  await kubectl('delete', 'mutatingwebhookconfiguration', CONFIGURATION);
  return {
    async [Symbol.asyncDispose]() {
      await upgradeWith();
      const replicas = (await webhookPods()).length;
      await eventually('each replica is trusted again', async () => (await trusted()).length >= replicas);
    },
  };
}

/** Asks again until the answer is as wanted, because API servers learn of policies and configurations a moment later; the last answer. */
export async function answerOnce(ask: () => Promise<ApiAnswer>, wanted: (answer: ApiAnswer) => boolean): Promise<ApiAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (wanted(answer) || tries === 100) return answer;
    await sleep(100);
  }
}
