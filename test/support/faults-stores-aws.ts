import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { StoreConfig } from '../../src/contract/provider.ts';
import { closeAll, eachValue, type OpenStore, TOKEN_FILE } from './faults-store.ts';
import { startMoto } from './moto.ts';
import { serviceAccountToken } from './vault-login.ts';

const REGION = 'eu-central-1';
const ADMIN = { region: REGION, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' } };
const ROLE = 'arn:aws:iam::123456789012:role/shop';

/** Secrets Manager, played by moto. */
export async function openAwsSm(): Promise<OpenStore> {
  const moto = await startMoto();
  const client = new SecretsManagerClient({ ...ADMIN, endpoint: moto.address });
  await eachValue((name, value) => client.send(new CreateSecretCommand({ Name: `shop/${name}`, SecretString: value })));
  client.destroy();
  return {
    ...awsStore(moto, 'aws-sm'),
    // Both come in one batch.
    reference: (name) => `aws-sm://shop/${name}`,
    requests: 2,
    singleReads: 2,
  };
}

/** Parameter Store, played by moto. */
export async function openAwsSsm(): Promise<OpenStore> {
  const moto = await startMoto();
  const client = new SSMClient({ ...ADMIN, endpoint: moto.address });
  await eachValue((name, Value) =>
    client.send(new PutParameterCommand({ Name: `/shop/${name}/word`, Value, Type: 'SecureString', Tier: 'Advanced' })),
  );
  client.destroy();
  return {
    ...awsStore(moto, 'aws-ssm'),
    // A tree goes alone; two names would come in a batch.
    reference: (name) => (name === 'first' ? 'aws-ssm:///shop/first/word' : `aws-ssm:///shop/${name}/#word`),
  };
}

function awsStore(moto: Awaited<ReturnType<typeof startMoto>>, provider: 'aws-sm' | 'aws-ssm'): Omit<OpenStore, 'reference'> {
  const config = (address: string): StoreConfig => ({
    provider,
    region: REGION,
    endpoint: address,
    stsEndpoint: address,
    webIdentity: { tokenFile: TOKEN_FILE, audience: 'sts.amazonaws.com', roleArn: ROLE },
  });
  return {
    config,
    direct: config(moto.address),
    token: () => serviceAccountToken('sts.amazonaws.com'),
    upstreamOf: () => moto,
    isLogin: ({ headers }) => headers['x-amz-target'] === undefined,
    readRequests: 1,
    requests: 3,
    [Symbol.asyncDispose]: () => closeAll(moto),
  };
}
