import { drongoMissing } from './drongo.ts';
import type { FaultedStore } from './faults-expected.ts';
import { motoMissing } from './moto.ts';
import { vaultMissing } from './vault.ts';

/** Why a store cannot be opened on this machine, after trying to install what can be; undefined where it can. Throws with CI=true. */
export async function missingStores(): Promise<Readonly<Record<FaultedStore, string | undefined>>> {
  const aws = await motoMissing();
  return {
    vault: vaultMissing(),
    'azure-kv': undefined,
    'aws-sm': aws,
    'aws-ssm': aws,
    'gcp-sm': drongoMissing(),
    'pulumi-esc': undefined,
  };
}
