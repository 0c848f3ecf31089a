import * as z from 'zod';
import { CA_CONFIG_MAP, caDirectory, endpoint } from './common-settings.ts';
import { given, type StoreFamily } from './family.ts';
import { HttpUrl, Uuid } from './schemas.ts';

const NOT_HTTPS = 'is not a base URL that begins with https://, which bearer tokens need';
const HttpsUrl = HttpUrl.refine((url) => url.startsWith('https://'), NOT_HTTPS);

const CLOUDS = ['public', 'usgovernment', 'china'] as const;
const TYPES = ['secret', 'certificate', 'key'];
const AUDIENCE = 'api://AzureADTokenExchange';

export const azureKv: StoreFamily = {
  provider: 'azure-kv',
  settings: {
    'client-id': {
      schema: Uuid,
      required: true,
      serviceAccountAnnotation: 'azure.workload.identity/client-id',
      sentence: "Client id of the app registration or managed identity that trusts the pod's ServiceAccount.",
      example: '00000000-1111-2222-3333-444444444444',
    },
    'tenant-id': {
      schema: Uuid,
      required: true,
      serviceAccountAnnotation: 'azure.workload.identity/tenant-id',
      sentence: 'Id of the Entra tenant.',
      example: '00000000-1111-2222-3333-444444444444',
    },
    cloud: {
      schema: z.enum(CLOUDS, { error: `is not one of ${CLOUDS.join(', ')}` }),
      default: 'public',
      sentence: 'Which Azure: `public`, `usgovernment`, `china`.',
      example: 'usgovernment',
    },
    authority: { ...endpoint("Base URL of Entra ID in place of the cloud's.", 'https://login.microsoftonline.com'), schema: HttpsUrl },
    endpoint: {
      ...endpoint(
        "Base URL of the vaults in place of the cloud's; `{vault}` stands for the vault's name.",
        'https://{vault}.privatelink.example.com',
      ),
      schema: z.string().refine((text) => HttpsUrl.safeParse(text.replaceAll('{vault}', 'vault')).success, NOT_HTTPS),
    },
    'ca-config-map': CA_CONFIG_MAP,
  },
  parameters: ['type', 'version'],
  referenceProblem(reference) {
    const [vault = '', name = '', version, ...rest] = reference.path.split('/');
    if (name === '' || version === '' || rest.length > 0)
      return 'a Key Vault path is `<vault-name>/<name>` or `<vault-name>/<name>/<version>`';
    if (!/^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$/.test(vault)) return 'the vault name must be 3 to 24 letters, digits and `-`';
    if (!/^[A-Za-z0-9-]{1,127}$/.test(name)) return 'a name in Key Vault is 1 to 127 letters, digits and `-`';
    const { parameters } = reference;
    if (version !== undefined && parameters.has('version')) return 'the version stands in the path and in `version`; keep one';
    if (!/^[0-9a-fA-F]{32}$/.test(version ?? parameters.get('version') ?? '0'.repeat(32))) return 'a version in Key Vault is 32 hex digits';
    const type = parameters.get('type');
    return type === undefined || TYPES.includes(type) ? undefined : `the parameter \`type\` is not one of ${TYPES.join(', ')}`;
  },
  wholeIsMap: ({ parameters }) => parameters.get('type') === 'certificate',
  wire: (settings, places) => ({
    provider: 'azure-kv',
    clientId: settings['client-id'] ?? '',
    tenantId: settings['tenant-id'] ?? '',
    cloud: CLOUDS.find((cloud) => cloud === settings.cloud) ?? 'public',
    ...places.token(AUDIENCE),
    ...given('authority', settings.authority),
    ...given('endpoint', settings.endpoint),
    ...caDirectory(settings, places),
  }),
  sentence: 'Azure Key Vault: `<vault-name>/<name>[/<version>]`; secrets, and with `type` certificates and keys.',
  example: 'azure-kv://shop-vault/site?type=certificate',
};
