import { CHART } from '../../scripts/helm.ts';
import { RELEASE, SYSTEM } from './e2e-setup.ts';
import { eventually, get, kubectl, type Manifest, must } from './kubectl.ts';

/** What Helm needs to install or upgrade the present chart, and to wait for it. */
const UPGRADE = ['upgrade', '--install', RELEASE, CHART, '-n', SYSTEM, '--wait', '--timeout', '2m'];

/** Upgrades the chart with these flags of Helm beside the values in use, until no pod is answered by the values before. */
export async function upgradeWith(...flags: string[]): Promise<void> {
  await must('helm', [...UPGRADE, '--reuse-values', ...flags]);
  await untilDrained();
}

/** Waits for replicas that drain: Helm does not, and an API server that keeps its connections still asks them. */
export async function untilDrained(): Promise<void> {
  await eventually(
    'the old replicas are gone',
    async () => {
      const { items } = await get('pods', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`);
      return (items as Manifest[]).every(({ metadata }) => metadata.deletionTimestamp === undefined);
    },
    { describe: () => kubectl('get', 'all', '-n', SYSTEM) },
  );
}

export interface KeptValues extends AsyncDisposable {
  /** As JSON. */
  readonly values: string;
}

/** The values in use; disposing of it upgrades the present chart to exactly them, for the files that come after. */
export async function keepValues(): Promise<KeptValues> {
  const values = await must('helm', ['get', 'values', RELEASE, '-n', SYSTEM, '-o', 'json']);
  return {
    values,
    async [Symbol.asyncDispose]() {
      await must('helm', [...UPGRADE, '--reset-values', '--values', '-'], values);
      await untilDrained();
    },
  };
}
