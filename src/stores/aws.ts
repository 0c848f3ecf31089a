import type { Reference } from '../contract/reference.ts';
import { CA_CONFIG_MAP, caDirectory, endpoint } from './common-settings.ts';
import { given, type SettingValues, type StoreFamily, type StorePlaces, type StoreSetting } from './family.ts';
import { AwsRegion, RoleArn } from './schemas.ts';
import { wholeNumberProblem } from './vault.ts';

const AUDIENCE = 'sts.amazonaws.com';

/** Both AWS stores have the same ones; `store.aws.<setting>` sets them for both. */
const settings: Readonly<Record<string, StoreSetting>> = {
  region: { schema: AwsRegion, sentence: "Region; that of a reference's ARN wins.", example: 'eu-central-1' },
  'role-arn': {
    schema: RoleArn,
    serviceAccountAnnotation: 'eks.amazonaws.com/role-arn',
    sentence: "Role that trusts the pod's ServiceAccount; without one, EKS Pod Identity is used.",
    example: 'arn:aws:iam::111122223333:role/shop',
  },
  'sts-endpoint': endpoint("Base URL of STS in place of the region's.", 'https://vpce-0abc.sts.eu-central-1.vpce.amazonaws.com'),
  endpoint: endpoint("Base URL of the store in place of the region's.", 'https://vpce-0abc.secretsmanager.eu-central-1.vpce.amazonaws.com'),
  'ca-config-map': CA_CONFIG_MAP,
};

export const awsSm: StoreFamily = {
  provider: 'aws-sm',
  settings,
  parameters: ['version', 'version-id', 'version-stage'],
  referenceProblem(reference) {
    const { path, parameters } = reference;
    if (path.startsWith('arn:') && !/^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/.test(path)) {
      return 'an ARN of Secrets Manager looks like `arn:aws:secretsmanager:<region>:<account>:secret:<name>`';
    }
    if (!path.startsWith('arn:') && !/^[\w/+=.@-]{1,512}$/.test(path)) return 'a name in Secrets Manager has letters, digits and `/_+=.@-`';
    return parameters.has('version') && parameters.has('version-id') ? '`version` and `version-id` say the same; keep one' : undefined;
  },
  wholeIsMap: () => false,
  wire: (values, places) => ({ provider: 'aws-sm', ...wire(values, places) }),
  sentence: 'AWS Secrets Manager: a name or ARN.',
  example: 'aws-sm://shop/db#password',
};

export const awsSsm: StoreFamily = {
  provider: 'aws-ssm',
  settings,
  parameters: ['version', 'label'],
  referenceProblem(reference) {
    const { path, parameters } = reference;
    if (path.startsWith('arn:') && !/^arn:[a-z-]+:ssm:[a-z0-9-]+:\d{12}:parameter\/.+$/.test(path)) {
      return 'an ARN of Parameter Store looks like `arn:aws:ssm:<region>:<account>:parameter/<name>`';
    }
    if (!path.startsWith('arn:') && !/^[\w./-]{1,2048}$/.test(path)) return 'a name in Parameter Store has letters, digits and `/_.-`';
    if (parameters.has('version') && parameters.has('label')) return '`version` and `label` both choose a version; keep one';
    if (isTree(reference) && parameters.size > 0) return 'a path that ends in `/` takes no parameters';
    return wholeNumberProblem(parameters, 'version');
  },
  wholeIsMap: isTree,
  wire: (values, places) => ({ provider: 'aws-ssm', ...wire(values, places) }),
  sentence: 'AWS Systems Manager Parameter Store: a name or ARN; a trailing `/` takes everything below as a map.',
  example: 'aws-ssm://shop/db/host',
};

function isTree({ path }: Reference): boolean {
  return path.endsWith('/');
}

function wire(values: SettingValues, places: StorePlaces) {
  const roleArn = values['role-arn'];
  return {
    ...given('region', values.region),
    ...(roleArn === undefined ? {} : { webIdentity: { ...places.token(AUDIENCE), roleArn } }),
    ...given('stsEndpoint', values['sts-endpoint']),
    ...given('endpoint', values.endpoint),
    ...caDirectory(values, places),
  };
}
