import { Agent } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Manifest } from './kubectl.ts';

/** How to reach the API server as the kubeconfig's user. */
export interface ApiConnection {
  /** Its root. */
  readonly server: string;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** Connections that stay open: hundreds of calls take as long as a few runs of kubectl. */
export async function apiConnection(maxSockets: number): Promise<ApiConnection> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('the kubeconfig names no cluster');
  const options: Manifest = {};
  await config.applyToHTTPSOptions(options);
  const { agent: _agent, headers = {}, ...rest } = options;
  return { server, agent: new Agent({ ...rest, keepAlive: true, maxSockets }), headers };
}
