import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that restart parts of the cluster. A controller manager that lost its API server for a while has been seen to leave
 * ReplicaSets of deleted Deployments where they were, with their pods behind the webhook's Service, for every file after it.
 */
const RESTARTS = ['api-server-restart', 'callers', 'certificates-replicas', 'env-gates'];

/** End-to-end files by name, so that a run does not depend on the one before; those that disturb others come last. */
export class EndToEndByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isOurs = ({ project }: TestSpecification) => project.name === 'e2e';
    const others = await super.sort(files.filter((file) => !isOurs(file)));
    return [...others, ...files.filter(isOurs).sort((one, other) => place(one).localeCompare(place(other)))];
  }
}

function place({ moduleId }: TestSpecification): string {
  const name = basename(moduleId, '.test.ts');
  return `${RESTARTS.includes(name) ? 1 : 0} ${name}`;
}
