import { ProviderError } from '../provider-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where AWS keeps what has no region, by partition; STS answers there for every region of it. */
const HOME_REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-northwest-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
  'aws-iso-e': 'eu-isoe-west-1',
  'aws-iso-f': 'us-isof-south-1',
};

/** The region of names that are no ARN: the setting, else what EKS put into our container's environment. */
export function defaultRegion(setting: string | undefined, env: Environment): string | undefined {
  return setting ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
}

/** Anything else could make another host of `https://sts.<region>.amazonaws.com`, to which our token would go. */
const REGION = /^[a-z0-9-]+$/;

/** The same, or an error that says where to set it. */
export function needRegion(region: string | undefined): string {
  if (region !== undefined && !REGION.test(region)) {
    throw new ProviderError(
      'invalid',
      "what is set as the AWS region is none: it has other characters than small letters, digits and '-'",
      {
        remedy: 'Look at `keyfirst.dev/store.aws.region`, and at AWS_REGION and AWS_DEFAULT_REGION of the container keyfirst-init.',
      },
    );
  }
  if (region !== undefined) return region;
  throw new ProviderError('invalid', 'no AWS region is set', {
    remedy: 'Set `keyfirst.dev/store.aws.region`, for example to `eu-central-1`, or write the reference as an ARN.',
  });
}

/** Where to log in with a role when no region is set, because every reference is an ARN. */
export function homeRegion(roleArn: string): string | undefined {
  return HOME_REGIONS[roleArn.split(':')[1] ?? ''];
}
