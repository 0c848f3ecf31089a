import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { apiClient } from '../../../soak/api-client.ts';
import { faults } from '../../../soak/faults.ts';
import { failures } from '../../../soak/page.ts';
import { soak } from '../../../soak/run.ts';
import { countBy } from '../../../soak/tally.ts';
import { namespace, remove } from '../../support/e2e-pods.ts';
import { create } from '../../support/kubectl.ts';

/** The short form of `npm run soak`, see docs/soak.md: every fault once. */
const NAMESPACE = 'kf-soak';
const BARE_NAMESPACE = 'kf-soak-bare';
const { cluster } = inject('e2e');

beforeAll(() => create(...namespace(NAMESPACE), ...namespace(BARE_NAMESPACE, { injection: false })));
afterAll(() => remove(NAMESPACE, BARE_NAMESPACE));

const far = cluster.folder === undefined ? ' (the parts of a cluster that is not ours cannot be killed)' : '';
it.skipIf(far !== '')(
  `two replicas: no creation fails but those that are under way to a replica that dies, hangs, or is not trusted${far}`,
  async () => {
    using api = await apiClient();

    const all = faults(api, cluster.folder ?? '');
    const { creations, spans } = await soak({
      api,
      rate: 20,
      seconds: 0,
      quiet: 2000,
      image: cluster.appImage,
      namespace: NAMESPACE,
      bareNamespace: BARE_NAMESPACE,
      faults: all,
      tell: () => undefined,
    });

    expect(spans.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(creations.length).toBeGreaterThan(500);
    const unexpected = failures(creations, all);
    expect(countBy(unexpected, ({ phase, outcome, why }) => `${phase}: ${outcome} ${why}`)).toEqual([]);
  },
);
