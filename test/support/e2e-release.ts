import { CHART } from '../../scripts/helm.ts';
import { RELEASE, SYSTEM } from './e2e-setup.ts';
import { must } from './kubectl.ts';

/** What Helm needs to install or upgrade the present chart, and to wait for it. */
const UPGRADE = ['upgrade', '--install', RELEASE, CHART, '-n', SYSTEM, '--wait', '--timeout', '2m'];

/** Upgrades the chart with these flags of Helm beside the values in use. */
export async function upgradeWith(...flags: string[]): Promise<void> {
  await must('helm', [...UPGRADE, '--reuse-values', ...flags]);
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
    },
  };
}
