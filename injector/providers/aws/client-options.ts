import type { Credentials } from './credentials.ts';
import type { Http } from './http.ts';
import { createRequestHandler } from './request-handler.ts';

/**
 * Options of an SDK client: nothing is left to be looked up in the environment or in files, our transport sends, and the SDK
 * does not try again, because the deadline and the back-off are ours.
 */
export function clientOptions(options: {
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly credentials: () => Promise<Credentials>;
  readonly http: Http;
  readonly place: string;
}) {
  const { region, endpoint, credentials, http, place } = options;
  const noPreference: string[] = [];
  return {
    region,
    credentials,
    requestHandler: createRequestHandler(http, place),
    ...(endpoint === undefined ? { ignoreConfiguredEndpointUrls: true } : { endpoint }),
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    authSchemePreference: noPreference,
    userAgentAppId: async () => undefined,
    defaultUserAgentProvider: async (): Promise<[string, string][]> => [['keyfirst', '1']],
  };
}
