/** The cluster under test, as the environment describes it; see test/e2e/README.md. */
export interface Cluster {
  /** Folder with the logs of a cluster that `test/cluster` started; undefined for a user's own. */
  readonly folder: string | undefined;
  /** Address by which pods reach servers of the tests; undefined in a cluster that is not ours. */
  readonly host: string | undefined;
  /** Address by which Vault reaches the API server, whose certificate must name it; undefined: as in the kubeconfig. */
  readonly apiServer: string | undefined;
  /** `repository:tag` of the images under test. */
  readonly images: { readonly webhook: string; readonly injector: string };
  /** Image of the apps: needs `sh`, `sha256sum`, `stat`, `find`. */
  readonly appImage: string;
  /** A throw-away Vault that the user supplies. */
  readonly vault: { readonly address: string; readonly token: string } | undefined;
}

/** Reads the environment; throws with what to set when there is no cluster. */
export function clusterUnderTest(env: Readonly<Record<string, string | undefined>>): Cluster {
  if (!env.KUBECONFIG) {
    throw new Error('end-to-end tests need a cluster: run `npm test`, or set KUBECONFIG to a cluster for tests (see test/e2e/README.md)');
  }
  const own = env.CLUSTER_DIR !== undefined;
  const { KEYFIRST_E2E_VAULT_ADDR: address, KEYFIRST_E2E_VAULT_TOKEN: token = 'root' } = env;
  return {
    folder: env.CLUSTER_DIR,
    host: own ? '10.77.0.1' : undefined,
    apiServer: env.KEYFIRST_E2E_API_SERVER ?? (own ? 'https://10.77.0.1:6443' : undefined),
    images: {
      webhook: env.KEYFIRST_WEBHOOK_IMAGE ?? 'localhost/keyfirst/webhook:dev',
      injector: env.KEYFIRST_INJECTOR_IMAGE ?? 'localhost/keyfirst/injector:dev',
    },
    appImage: env.KEYFIRST_E2E_APP_IMAGE ?? (own ? 'localhost/busybox:1' : 'busybox:1'),
    vault: address === undefined ? undefined : { address, token },
  };
}
