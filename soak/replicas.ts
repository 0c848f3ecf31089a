import { readdirSync, readFileSync } from 'node:fs';
import { webhookPods } from '../test/support/e2e-webhook.ts';
import { eventually } from '../test/support/kubectl.ts';

/** Process ids of the webhook's ready replicas, by pod. Only a cluster on this machine shows them. */
export async function replicaProcesses(): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { metadata } of await webhookPods()) {
    const pid = processOf(metadata.name);
    if (pid !== undefined) found.set(metadata.name, pid);
  }
  return found;
}

/** Waits until so many replicas are ready and run. */
export function untilReplicas(count: number): Promise<unknown> {
  return eventually(`${count} replicas are ready`, async () => (await replicaProcesses()).size === count);
}

/** The process whose environment says that it is this pod's webhook. */
function processOf(podName: string): number | undefined {
  const mark = `KEYFIRST_POD_NAME=${podName}`;
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && environmentOf(entry).includes(mark)) return Number(entry);
  }
  return undefined;
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // The process has ended meanwhile, or is not ours to see.
    return [];
  }
}
