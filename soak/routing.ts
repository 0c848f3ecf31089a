/** How an API server reaches the webhook, and what a dead replica costs, hang on one flag of it: the soak is run with either. */
export interface Routing {
  readonly flag: string;
  /** As the pages say it. */
  readonly text: string;
  readonly page: string;
}

export const ROUTINGS = {
  service: {
    flag: '--enable-aggregator-routing=false',
    text: 'the address of the Service, by connections that it keeps (its default)',
    page: 'soak.md',
  },
  endpoints: {
    flag: '--enable-aggregator-routing=true',
    text: '[a replica picked anew for each call](https://github.com/kubernetes/kubernetes/pull/139237) (`--enable-aggregator-routing=true`, from Kubernetes 1.37)',
    page: 'soak-endpoints.md',
  },
} as const satisfies Readonly<Record<string, Routing>>;

export type RoutingName = keyof typeof ROUTINGS;
