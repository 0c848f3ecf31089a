import { CA_CONFIG_MAP, caDirectory, endpoint } from './common-settings.ts';
import { given, type StoreFamily } from './family.ts';
import { PulumiName } from './schemas.ts';

export const pulumiEsc: StoreFamily = {
  provider: 'pulumi-esc',
  settings: {
    organization: { schema: PulumiName, required: true, sentence: 'Organization that trusts the cluster as OIDC issuer.', example: 'acme' },
    endpoint: endpoint("Base URL of the Pulumi service's API.", 'https://api.pulumi.com'),
    'ca-config-map': CA_CONFIG_MAP,
  },
  parameters: ['version'],
  referenceProblem(reference) {
    const { path, parameters } = reference;
    const match = /^[\w.-]+\/[\w.-]+\/[\w.-]+(@[\w.-]+)?$/.exec(path);
    if (match === null) return 'a path is `<org>/<project>/<environment>`, with `@<version>` behind it if you like';
    return match[1] !== undefined && parameters.has('version') ? 'the version stands in the path and in `version`; keep one' : undefined;
  },
  wholeIsMap: () => true,
  wire: (settings, places) => ({
    provider: 'pulumi-esc',
    organization: settings.organization ?? '',
    ...places.token(`urn:pulumi:org:${settings.organization}`),
    ...given('endpoint', settings.endpoint),
    ...caDirectory(settings, places),
  }),
  sentence: 'Pulumi ESC: `<org>/<project>/<environment>`, opened once; a property is a path in its values.',
  example: 'pulumi-esc://acme/shop/prod#db.password',
};
