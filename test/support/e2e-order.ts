import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * It uninstalls the chart, and must come before whatever restarts the API server: a controller manager that lost its API server for a
 * while has been seen to leave ReplicaSets of deleted Deployments where they were, with their pods behind the webhook's Service.
 */
const FIRST = 'test/e2e/chart-upgrade.test.ts';

/** The usual order, but for the file that wants a cluster whose parts all ran from the start. */
export class UpgradeFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isFirst = ({ moduleId }: TestSpecification) => moduleId.endsWith(FIRST);
    const others = await super.sort(files.filter((file) => !isFirst(file)));
    return [...files.filter(isFirst), ...others];
  }
}
