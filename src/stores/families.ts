import type { ProviderId } from '../contract/provider.ts';
import { awsSm, awsSsm } from './aws.ts';
import { azureKv } from './azure-kv.ts';
import { dev } from './dev.ts';
import type { StoreFamily } from './family.ts';
import { gcpSm } from './gcp-sm.ts';
import { pulumiEsc } from './pulumi-esc.ts';
import { vault } from './vault.ts';

/** Every store family by provider; a built-in store bears its provider's name. */
export const FAMILIES: Readonly<Record<ProviderId, StoreFamily>> = {
  vault,
  'azure-kv': azureKv,
  'aws-sm': awsSm,
  'aws-ssm': awsSsm,
  'gcp-sm': gcpSm,
  'pulumi-esc': pulumiEsc,
  dev,
};

/** Names that set several families at once. */
export const GROUPS: Readonly<Record<string, readonly ProviderId[]>> = { aws: ['aws-sm', 'aws-ssm'] };
