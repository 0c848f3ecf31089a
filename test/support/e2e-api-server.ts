import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pair } from './caller-certificates.ts';
import { clusterProcess } from './cluster-process.ts';
import { eventually, run } from './kubectl.ts';

const FLAG = '--admission-control-config-file=';

/**
 * Restarts the API server of a cluster of `test/cluster` (its folder is given) with a client certificate that it shows to the
 * webhooks called `host`, or without any, and waits until it is ready. The files are those of docs/callers.md.
 */
export async function restartApiServer(folder: string, shown?: { readonly host: string; readonly certificate: Pair }): Promise<void> {
  const running = clusterProcess('kube-apiserver');
  await running.kill();
  const others = running.args.filter((flag) => !flag.startsWith(FLAG));
  const flags = shown === undefined ? [] : [`${FLAG}${writeConfiguration(join(folder, 'callers'), shown.host, shown.certificate)}`];
  running.start(join(folder, 'log/kube-apiserver'), [...others, ...flags]);
  await eventually('the API server is ready', async () => (await run('kubectl', ['get', '--raw', '/readyz'])).code === 0);
}

function writeConfiguration(folder: string, host: string, { cert, key }: Pair): string {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const kubeconfig = write(
    'webhooks.kubeconfig',
    `apiVersion: v1
kind: Config
users:
  - name: ${host}
    user:
      client-certificate: ${write('webhooks.crt', cert)}
      client-key: ${write('webhooks.key', key)}
`,
  );
  const plugin = (name: string) => `
  - name: ${name}
    configuration:
      apiVersion: apiserver.config.k8s.io/v1
      kind: WebhookAdmissionConfiguration
      kubeConfigFile: ${kubeconfig}`;
  return write(
    'admission.yaml',
    `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:${plugin('MutatingAdmissionWebhook')}${plugin('ValidatingAdmissionWebhook')}
`,
  );
}
