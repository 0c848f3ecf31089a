import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { generate } from 'selfsigned';
import { startAzureDouble } from './azure-double.ts';
import { drongoMissing, startSecretManager } from './drongo.ts';
import { openToPods } from './e2e-stores-open.ts';
import { type ClusterKeys, clusterKeys, startStsGuard } from './e2e-stores-trust.ts';
import { startGoogleSts } from './google-sts.ts';
import { motoMissing, startMoto } from './moto.ts';
import { startPulumi } from './pulumi.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const CLIENT = '22222222-2222-4222-8222-222222222222';
export const ROLE = 'arn:aws:iam::123456789012:role/shop';
const POOL = 'projects/123/locations/global/workloadIdentityPools/pool';
const REGION = 'eu-central-1';
const GOOGLE_PROVIDER = `${POOL}/providers/cluster`;

/** Audience of the token that each store gets. */
export const AUDIENCES = {
  'azure-kv': 'api://AzureADTokenExchange',
  'aws-sm': 'sts.amazonaws.com',
  'aws-ssm': 'sts.amazonaws.com',
  'gcp-sm': `//iam.googleapis.com/${GOOGLE_PROVIDER}`,
  'pulumi-esc': 'urn:pulumi:org:acme',
} as const;

export interface CloudSettings {
  /** Node's address, and the name by which pods reach it. */
  readonly host: string;
  readonly name: string;
  /** `sub` of every token that may log in. */
  readonly subjects: readonly string[];
  /** What lies at `azure-kv://shop-vault/db`, `aws-sm://shop/db`, `aws-ssm://shop/db`, `gcp-sm://shop-project/db`, `pulumi-esc://acme/shop/prod#db`. */
  readonly values: Readonly<Record<keyof typeof AUDIENCES, string>>;
}

export interface Clouds extends AsyncDisposable {
  /** Annotations by which a pod finds the stores; nothing in them tells who the pod is. */
  readonly places: Readonly<Record<string, string>>;
  /** PEM that the pod needs in the ConfigMap `clouds-ca`. */
  readonly ca: string;
}

/** Why the clouds cannot be started here; undefined when they can. */
export async function cloudsMissing(): Promise<string | undefined> {
  return (await motoMissing()) ?? drongoMissing();
}

/** Every store but Vault, on the node. Each trusts exactly `subjects`, proved by tokens that the cluster's own keys have signed. */
export async function startClouds({ host, name, subjects, values }: CloudSettings): Promise<Clouds> {
  const running = new AsyncDisposableStack();
  const open = async (address: string) => running.use(await openToPods(address, host, name)).address;
  try {
    const keys = running.use(await clusterKeys());
    const azure = running.use(await startAzure(host, name, keys, subjects));
    azure.vaults.putSecret('shop-vault', 'db', values['azure-kv']);

    const moto = running.use(await startMoto());
    await moto.query('iam', {
      Action: 'CreateRole',
      Version: '2010-05-08',
      RoleName: 'shop',
      AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
    });
    await fillAws(moto.address, values);
    const sts = running.use(await startStsGuard(moto.address, { keys, audience: AUDIENCES['aws-sm'], subjects, roleArn: ROLE }));

    const google = running.use(await startGoogleSts({ provider: GOOGLE_PROVIDER, subjects, ...keys }));
    const readers = subjects.map((subject) => `principal://iam.googleapis.com/${POOL}/subject/${subject}`);
    const secretManager = running.use(await startSecretManager(google, { 'shop-project': readers }));
    await secretManager.add('shop-project', 'db', values['gcp-sm']);

    const environments = { 'acme/shop/prod': [JSON.stringify({ db: { value: values['pulumi-esc'], secret: true } })] };
    const allow = subjects.map((sub) => ({ sub }));
    const pulumi = running.use(await startPulumi({ organization: 'acme', issuers: [keys], allow, environments }));

    const places = {
      'azure-kv.authority': azure.origin,
      'azure-kv.endpoint': azure.endpoint,
      'azure-kv.ca-config-map': 'clouds-ca',
      'aws.region': REGION,
      'aws.endpoint': await open(moto.address),
      'aws.sts-endpoint': await open(sts.address),
      'gcp-sm.workload-identity-provider': GOOGLE_PROVIDER,
      'gcp-sm.endpoint': await open(secretManager.address),
      'gcp-sm.sts-endpoint': await open(google.address),
      'pulumi-esc.organization': 'acme',
      'pulumi-esc.endpoint': await open(pulumi.address),
    };
    const all = running.move();
    return {
      places: Object.fromEntries(Object.entries(places).map(([setting, value]) => [`keyfirst.dev/store.${setting}`, value])),
      ca: azure.ca,
      [Symbol.asyncDispose]: () => all.disposeAsync(),
    };
  } catch (error) {
    await running.disposeAsync();
    throw error;
  }
}

async function startAzure(host: string, name: string, keys: ClusterKeys, subjects: readonly string[]) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  const federated = subjects.map((subject) => ({ issuer: keys.issuer, subject, audience: AUDIENCES['azure-kv'] }));
  return startAzureDouble({
    listen: { host },
    name,
    tls: { certificate: cert, key },
    applications: [{ tenantId: TENANT, clientId: CLIENT, federated }],
    vaults: { 'shop-vault': { tenantId: TENANT, readers: { [CLIENT]: ['secret'] } } },
    keysOf: keys.fetch,
  });
}

async function fillAws(endpoint: string, values: CloudSettings['values']): Promise<void> {
  const admin = { region: REGION, endpoint, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' } };
  const secrets = new SecretsManagerClient(admin);
  const parameters = new SSMClient(admin);
  await secrets.send(new CreateSecretCommand({ Name: 'shop/db', SecretString: values['aws-sm'] }));
  await parameters.send(new PutParameterCommand({ Name: '/shop/db', Value: values['aws-ssm'], Type: 'SecureString' }));
  secrets.destroy();
  parameters.destroy();
}
