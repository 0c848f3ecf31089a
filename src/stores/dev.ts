import { DEV_FILE } from '../contract/names.ts';
import type { StoreFamily } from './family.ts';
import { ObjectName } from './schemas.ts';

export const dev: StoreFamily = {
  provider: 'dev',
  settings: {
    'config-map': {
      schema: ObjectName,
      required: true,
      sentence: "ConfigMap in the pod's namespace whose key `secrets.yaml` holds the values. Never for real secrets.",
      example: 'demo-values',
    },
  },
  parameters: [],
  referenceProblem: () => undefined,
  wholeIsMap: () => false,
  wire: (settings, { configMap }) => ({ provider: 'dev', file: `${configMap(settings['config-map'] ?? '')}/${DEV_FILE}` }),
  sentence: 'A path in a local YAML file, for demos and tests; only where `settings.devStore` allows it.',
  example: 'dev://shop/db#password',
};
