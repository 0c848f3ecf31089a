import type { ProviderId } from '../../src/contract/provider.ts';
import { parseReference, type Reference } from '../../src/contract/reference.ts';
import { FAMILIES } from '../../src/stores/families.ts';
import type { StoreFamily } from '../../src/stores/family.ts';

export type RealStore = Exclude<ProviderId, 'dev'>;

interface Facts {
  readonly title: string;
  readonly page: string;
  /** A path with a version in it, where that can be. */
  readonly versionInPath?: string;
  /** Values that are no text. */
  readonly binary: boolean;
  /** Most secrets in one request. */
  readonly batch: number;
  /** Identity where no projected token is used. */
  readonly otherIdentity?: string;
  readonly clouds?: string;
  readonly lease: boolean;
  readonly checksum: boolean;
}

/** What only the injector knows; a test holds each fact against its source. */
export const FACTS: Readonly<Record<RealStore, Facts>> = {
  vault: { title: 'Vault, OpenBao', page: 'vault.md', binary: false, batch: 1, lease: true, checksum: false },
  'azure-kv': {
    title: 'Azure Key Vault',
    page: 'azure-kv.md',
    versionInPath: 'shop-vault/api-key/0123456789abcdef0123456789abcdef',
    binary: true,
    batch: 1,
    clouds: 'public, US Government, China, by `cloud`',
    lease: false,
    checksum: false,
  },
  'aws-sm': {
    title: 'AWS Secrets Manager',
    page: 'aws.md',
    binary: true,
    batch: 20,
    otherIdentity: 'EKS Pod Identity',
    clouds: 'every partition, by ARN or `region`',
    lease: false,
    checksum: false,
  },
  'aws-ssm': {
    title: 'AWS Parameter Store',
    page: 'aws.md',
    binary: false,
    batch: 10,
    otherIdentity: 'EKS Pod Identity',
    clouds: 'every partition, by ARN or `region`',
    lease: false,
    checksum: false,
  },
  'gcp-sm': {
    title: 'Google Secret Manager',
    page: 'gcp-sm.md',
    versionInPath: 'my-project/shop-db/3',
    binary: true,
    batch: 1,
    otherIdentity: "GKE's metadata server",
    clouds: 'others by `endpoint`',
    lease: false,
    checksum: true,
  },
  'pulumi-esc': {
    title: 'Pulumi ESC',
    page: 'pulumi-esc.md',
    versionInPath: 'acme/shop/prod@7',
    binary: false,
    batch: 1,
    clouds: 'self-hosted by `endpoint`',
    lease: false,
    checksum: false,
  },
};

type Row = (facts: Facts, family: StoreFamily) => string;

const ROWS: Readonly<Record<string, Row>> = {
  Example: (_, { example }) => code(example),
  'Parameters of a reference': (_, { parameters }) => parameters.map((name) => code(`?${name}=`)).join(', '),
  'Version in the path': ({ versionInPath }) => (versionInPath === undefined ? '' : code(versionInPath)),
  'A secret is a map': (_, family) => wholeMap(family),
  'Certificates, public keys': (_, { parameters }) => yes(parameters.includes('type')),
  'Binary values': ({ binary }) => yes(binary),
  'Secrets in one request': ({ batch }) => (batch === 1 ? '1' : `up to ${batch}`),
  'Identity: token for the audience': (_, family) => code(tokenOf(family, Object.keys(family.settings))?.audience ?? ''),
  'Identity without it': ({ otherIdentity }) => otherIdentity ?? '',
  'Annotations of the ServiceAccount that count': (_, { settings }) =>
    Object.values(settings)
      .flatMap(({ serviceAccountAnnotation }) => (serviceAccountAnnotation === undefined ? [] : [code(serviceAccountAnnotation)]))
      .join(', '),
  'Addresses that can be set': (_, { settings }) =>
    Object.entries(settings)
      .flatMap(([name, { isAddress }]) => (isAddress === true ? [code(name)] : []))
      .join(', '),
  'Extra CA': (_, { settings }) => yes('ca-config-map' in settings),
  Clouds: ({ clouds }) => clouds ?? '',
  'Life of a lease is told': ({ lease }) => yes(lease),
  'Checksum is verified': ({ checksum }) => yes(checksum),
};

/** Feature × store: one row a feature, the stores in the order of `FACTS`. */
export function featureRows(): { head: string[]; rows: string[][] } {
  const stores = Object.entries(FACTS).map(([name, facts]) => ({ facts, family: familyOf(name) }));
  return {
    head: ['', ...stores.map(({ facts: { title, page } }) => `[${title}](${page})`)],
    rows: Object.entries(ROWS).map(([feature, row]) => [feature, ...stores.map(({ facts, family }) => row(facts, family))]),
  };
}

/** The projected token that a family asks for where the named settings are `<setting>` and no others are; undefined where it asks for none. */
export function tokenOf(family: StoreFamily, settings: readonly string[]): { readonly audience: string | undefined } | undefined {
  let asked: { readonly audience: string | undefined } | undefined;
  family.wire(Object.fromEntries(settings.map((name) => [name, `<${name}>`])), {
    token(audience) {
      asked = { audience };
      return { tokenFile: '/token' };
    },
    configMap: () => '/ca',
  });
  return asked;
}

function wholeMap(family: StoreFamily): string {
  const [plain = ''] = family.example.split(/[?#]/);
  const is = (text: string) => family.wholeIsMap(referenceOf(text));
  if (is(plain)) return 'always';
  const ways = [
    ...(is(`${plain}/`) ? ['where the path ends in `/`: all below'] : []),
    ...(is(`${plain}?type=certificate`) ? ['certificates'] : []),
  ];
  return [...ways, 'text that holds JSON'].join('; ');
}

function referenceOf(text: string): Reference {
  const result = parseReference(text);
  if (!result.ok) throw new Error(`${text}: ${result.problem}`);
  return result.reference;
}

function familyOf(name: string): StoreFamily {
  const family = Object.values(FAMILIES).find(({ provider }) => provider === name);
  if (family === undefined) throw new Error(`no store is called ${name}`);
  return family;
}

function yes(fact: boolean): string {
  return fact ? 'yes' : '';
}

function code(text: string): string {
  return `\`${text}\``;
}
