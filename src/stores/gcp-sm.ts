import { CA_CONFIG_MAP, caDirectory, endpoint } from './common-settings.ts';
import { given, type StoreFamily } from './family.ts';
import { GoogleServiceAccount, WorkloadIdentityProvider } from './schemas.ts';

const FULL = /^projects\/[^/]+(\/locations\/[^/]+)?\/secrets\/[^/]+(\/versions\/([^/]+))?$/;
const SHORT = /^[a-z0-9][a-z0-9.:-]*\/[A-Za-z0-9_-]{1,255}(\/([^/]+))?$/;

export const gcpSm: StoreFamily = {
  provider: 'gcp-sm',
  settings: {
    'workload-identity-provider': {
      schema: WorkloadIdentityProvider,
      sentence: "Provider of workload identity federation that trusts this cluster; without one, GKE's metadata server is asked.",
      example: 'projects/123/locations/global/workloadIdentityPools/pool/providers/cluster',
    },
    'service-account': {
      schema: GoogleServiceAccount,
      sentence: 'Google service account to act as; without one, the pod reads as its own federated identity.',
      example: 'shop@my-project.iam.gserviceaccount.com',
    },
    'sts-endpoint': endpoint("Base URL of Google's Security Token Service.", 'https://sts.googleapis.com'),
    endpoint: endpoint('Base URL of Secret Manager.', 'https://secretmanager.googleapis.com'),
    'ca-config-map': CA_CONFIG_MAP,
  },
  parameters: ['version'],
  referenceProblem(reference) {
    const { path, parameters } = reference;
    const match = path.startsWith('projects/') ? FULL.exec(path) : SHORT.exec(path);
    if (match === null)
      return 'a path is `<project>/<secret>`, `<project>/<secret>/<version>`, or a full resource name `projects/…/secrets/…`';
    const version = path.startsWith('projects/') ? match[3] : match[2];
    return version !== undefined && parameters.has('version') ? 'the version stands in the path and in `version`; keep one' : undefined;
  },
  wholeIsMap: () => false,
  wire(settings, places) {
    const workloadIdentityProvider = settings['workload-identity-provider'];
    return {
      provider: 'gcp-sm',
      ...(workloadIdentityProvider === undefined
        ? {}
        : { federation: { ...places.token(`//iam.googleapis.com/${workloadIdentityProvider}`), workloadIdentityProvider } }),
      ...given('serviceAccount', settings['service-account']),
      ...given('stsEndpoint', settings['sts-endpoint']),
      ...given('endpoint', settings.endpoint),
      ...caDirectory(settings, places),
    };
  },
  sentence: 'Google Secret Manager: `<project>/<secret>[/<version>]` or the full resource name, regional ones too.',
  example: 'gcp-sm://my-project/shop-db',
};
