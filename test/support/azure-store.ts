import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAzureKv } from '../../injector/providers/azure-kv/index.ts';
import type { SecretRead, Store } from '../../injector/providers/provider.ts';
import type { AzureKvStore } from '../../src/contract/provider.ts';
import { parseReference } from '../../src/contract/reference.ts';
import type { AzureDouble } from './azure-double.ts';
import type { Claims } from './azure-jwt.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const CLIENT = '22222222-2222-4222-8222-222222222222';
export const ISSUER = 'https://oidc.example.com/cluster/';
export const SUBJECT = 'system:serviceaccount:shop:web';
export const AUDIENCE = 'api://AzureADTokenExchange';
const TOKEN_FILE = '/keyfirst/identity/azure';

/** Claims of a bound service account token. */
export function claims(changed: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1000);
  return { iss: ISSUER, sub: SUBJECT, aud: [AUDIENCE], iat: now, nbf: now, exp: now + 3600, ...changed };
}

/** Our provider on a folder as the kubelet would prepare it: projected token, and the double's certificate as extra CA. */
export class AzureBox implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'keyfirst-azure-'));
  readonly kept: string[] = [];

  constructor(token: string, ca: string) {
    mkdirSync(join(this.root, 'keyfirst/identity'), { recursive: true });
    mkdirSync(join(this.root, 'ca'));
    writeFileSync(join(this.root, TOKEN_FILE), token);
    writeFileSync(join(this.root, 'ca/ca.crt'), ca);
  }

  open(azure: Pick<AzureDouble, 'origin' | 'endpoint'>, settings: Partial<AzureKvStore> = {}): Promise<Store> {
    return openAzureKv(azureStore(azure, settings), {
      root: this.root,
      identity: { namespace: 'shop', serviceAccount: 'web' },
      connections: 16,
      keepSecret: (credential) => this.kept.push(credential),
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Settings of a store on the double; the token file and the CA folder are where `AzureBox` puts them. */
export function azureStore(
  { origin, endpoint }: Pick<AzureDouble, 'origin' | 'endpoint'>,
  settings: Partial<AzureKvStore> = {},
): AzureKvStore {
  return {
    provider: 'azure-kv',
    tenantId: TENANT,
    clientId: CLIENT,
    cloud: 'public',
    tokenFile: TOKEN_FILE,
    audience: AUDIENCE,
    caDirectory: '/ca',
    authority: origin,
    endpoint,
    ...settings,
  };
}

/** Reads by a reference's text. */
export function readReference(store: Store, text: string, signal = AbortSignal.timeout(10_000)): Promise<SecretRead> {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return store.read(parsed.reference.path, parsed.reference.parameters, signal);
}
