import { describe, expect, it } from 'vitest';
import { canRead } from '../../../../src/plan/ownership.ts';

interface Row {
  readonly user?: number;
  readonly group?: number;
  readonly fsGroup?: number;
  readonly podGroup?: number;
  readonly writer?: number;
  readonly writerGroup?: number;
}

/** Which of the bits 0400, 0040, 0004 a file needs for the container to read it; the other six combinations follow. */
const CASES: [string, Row, needed: number][] = [
  ['our user', { user: 1000, writer: 1000 }, 0o400],
  ['our user, in the fsGroup too', { user: 1000, writer: 1000, fsGroup: 5 }, 0o400],
  ['our user and group', { user: 1000, group: 3000, writer: 1000, writerGroup: 3000 }, 0o400],
  ['our user, another group', { user: 1000, group: 4000, writer: 1000, writerGroup: 3000 }, 0o400],
  ['another user in the fsGroup', { user: 1001, writer: 1000, fsGroup: 5 }, 0o040],
  ['another user in the fsGroup 0', { user: 1001, writer: 1000, fsGroup: 0 }, 0o040],
  ['another user of our group', { user: 1001, group: 3000, writer: 1000, writerGroup: 3000 }, 0o040],
  ["another user of the pod's group, which is ours too", { user: 1001, podGroup: 3000, writer: 1000 }, 0o040],
  ['another user of another group', { user: 1001, group: 4000, writer: 1000, writerGroup: 3000 }, 0o004],
  ['another user, group unknown', { user: 1001, writer: 1000 }, 0o044],
  ['another user, our group unknown', { user: 1001, group: 3000, writer: 1000 }, 0o044],
  ['root, which we are not', { user: 0, group: 0, writer: 1000, writerGroup: 3000 }, 0o004],
  ['root in the fsGroup', { user: 0, writer: 1000, fsGroup: 5 }, 0o040],
  ['root as our user', { user: 0, writer: 0 }, 0o400],
  ['unknown', { writer: 1000 }, 0o444],
  ['unknown in the fsGroup', { writer: 1000, fsGroup: 5 }, 0o440],
  ['unknown, of our group', { group: 3000, writer: 1000, writerGroup: 3000 }, 0o440],
  ['unknown, of another group', { group: 4000, writer: 1000, writerGroup: 3000 }, 0o404],
  ['known, while ours is not', { user: 1000 }, 0o444],
  ['known in the fsGroup, while ours is not', { user: 1000, fsGroup: 5 }, 0o440],
  ['both unknown', {}, 0o444],
];

describe('canRead', () => {
  it.each(CASES)('a container that is %s', (_name, { user, group, fsGroup, podGroup, writer, writerGroup }, needed) => {
    const container = { name: 'web', securityContext: { runAsUser: user, runAsGroup: group } };
    const spec = { containers: [container], securityContext: { fsGroup, runAsGroup: podGroup } };
    const ownership = {
      ...(writer === undefined ? {} : { user: writer }),
      ...(writerGroup === undefined ? {} : { group: writerGroup }),
      mode: 0o400,
    };
    const modes = [0o000, 0o004, 0o040, 0o044, 0o400, 0o404, 0o440, 0o444];

    const readable = modes.filter((mode) => canRead(container, spec, ownership, mode));

    expect(readable).toEqual(modes.filter((mode) => (mode & needed) === needed));
  });

  it("takes the container's user before the pod's", () => {
    const container = { name: 'web', securityContext: { runAsUser: 1001 } };
    const spec = { containers: [container], securityContext: { runAsUser: 1000, fsGroup: 5 } };

    expect(canRead(container, spec, { user: 1000, mode: 0o400 }, 0o400)).toBe(false);
    expect(canRead({ name: 'web' }, spec, { user: 1000, mode: 0o400 }, 0o400)).toBe(true);
  });
});
