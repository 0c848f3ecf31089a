import type { AwsSmStore, AwsSsmStore } from '../../../src/contract/provider.ts';
import { extraCa } from '../extra-ca.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { clientOptions } from './client-options.ts';
import { type Credentials, identityOf } from './credentials.ts';
import { createHttp } from './http.ts';
import { defaultRegion, type Environment, needRegion } from './region.ts';

export type ClientOptions = ReturnType<typeof clientOptions>;
type EndpointProvider = (parameters: { Region: string; UseFIPS: boolean; UseDualStack: boolean }) => { readonly url: URL };

export interface RegionContext<Client> {
  readonly client: Client;
  /** For messages, for example `AWS Secrets Manager in eu-central-1`. */
  readonly place: string;
}

/** What differs between the stores of AWS. */
export interface AwsService<Client, Request extends { readonly region: string | undefined }> {
  readonly name: string;
  createClient(options: ClientOptions): Client;
  /** The SDK's rules that know the host of a region. */
  endpointsOf(client: Client): EndpointProvider;
  parse(path: string, parameters: ReadonlyMap<string, string>): Request;
  createReader(context: RegionContext<Client>): Reader<Request>;
  /** Most secrets of one request. */
  readonly batchSize: number;
  /** Whether the request can be one of many. */
  inBatch(request: Request): boolean;
}

/** Reads of one region. */
export interface Reader<Request> {
  one(request: Request, signal: AbortSignal): Promise<SecretRead>;
  /** In the order of the requests; undefined where only a single read can tell. */
  many(requests: readonly Request[], signal: AbortSignal): Promise<readonly (SecretRead | ProviderError | undefined)[]>;
}

/** One store: one login, and a client for each region that references name. */
export async function openAws<Client, Request extends { readonly region: string | undefined }>(
  config: AwsSmStore | AwsSsmStore,
  deps: ProviderDeps,
  env: Environment,
  service: AwsService<Client, Request>,
): Promise<Store> {
  checkUrl('endpoint', config.endpoint);
  checkUrl('sts-endpoint', config.stsEndpoint);
  const http = createHttp(await extraCa(config.caDirectory, deps.root), deps.connections);
  const region = defaultRegion(config.region, env);
  let login: Promise<Credentials> = Promise.reject(new Error('not logged in'));
  login.catch(() => undefined);
  const contexts = new Map<string, RegionContext<Client> & { readonly reader: Reader<Request> }>();

  function contextOf(name: string) {
    const known = contexts.get(name);
    if (known !== undefined) return known;
    const place = placeOf(service.name, name, config.endpoint);
    const client = service.createClient(clientOptions({ region: name, endpoint: config.endpoint, credentials: () => login, http, place }));
    const context = { client, place, reader: service.createReader({ client, place }) };
    contexts.set(name, context);
    return context;
  }

  const regionOf = (request: Request): string => needRegion(request.region ?? region);
  const hostOf = (name: string): string =>
    service.endpointsOf(contextOf(name).client)({ Region: name, UseFIPS: false, UseDualStack: false }).url.hostname;
  const identity = identityOf(config, deps, http, env, hostOf);
  return {
    identity: identity.text,
    place: placeOf(service.name, region, config.endpoint),
    async connect(signal) {
      const credentials = await identity.login(signal);
      login = Promise.resolve(credentials);
    },
    async read(path, parameters, signal) {
      const request = service.parse(path, parameters);
      return contextOf(regionOf(request)).reader.one(request, signal);
    },
    batches: {
      size: service.batchSize,
      group({ path, parameters }) {
        const request = service.parse(path, parameters);
        return service.inBatch(request) ? regionOf(request) : undefined;
      },
      async read(asked, signal) {
        const requests = asked.map(({ path, parameters }) => service.parse(path, parameters));
        const [first] = requests;
        return first === undefined ? [] : contextOf(regionOf(first)).reader.many(requests, signal);
      },
    },
  };
}

function placeOf(service: string, region: string | undefined, endpoint: string | undefined): string {
  if (endpoint !== undefined) return `${service} at ${endpoint}`;
  return region === undefined ? service : `${service} in ${region}`;
}

function checkUrl(setting: string, url: string | undefined): void {
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return;
  throw new ProviderError('invalid', `the setting \`${setting}\` is no http or https URL`, {
    remedy: 'Write it like `https://vpce-0abc.secretsmanager.eu-central-1.vpce.amazonaws.com`.',
  });
}
