import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { create, kubectl, type Manifest } from './kubectl.ts';
import { localCertificate } from './tls.ts';

/** Changes a pod, and says how by JSON patch operations. */
type Rewrite = (pod: Manifest) => readonly object[];
export interface Rewriter {
  /** Also the label `rewriter` of the pods that it sees. */
  readonly name: string;
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
  readonly rewrite: Rewrite;
}

/** Webhooks of someone else on this machine, called after ours, that rewrite what they see. Only for a cluster of `test/cluster`. */
export async function startRewriters(rewriters: readonly Rewriter[]): Promise<AsyncDisposable> {
  const { certificate, key } = await localCertificate();
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as Manifest;
      const rewriter = rewriters.find(({ name }) => request.url?.startsWith(`/${name}?`));
      const patch = Buffer.from(JSON.stringify(rewriter?.rewrite(asked.object) ?? [])).toString('base64');
      const answer = { uid: asked.uid, allowed: true, patchType: 'JSONPatch', patch };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const objects = rewriters.map(({ name, reinvocationPolicy }) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: `z-rewriter-${name}` },
    webhooks: [
      {
        name: 'pods.rewriter.test',
        clientConfig: { url: `https://127.0.0.1:${port}/${name}`, caBundle: Buffer.from(certificate).toString('base64') },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        objectSelector: { matchLabels: { rewriter: name } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        reinvocationPolicy,
      },
    ],
  }));
  await create(...objects);
  return {
    async [Symbol.asyncDispose]() {
      await kubectl('delete', 'mutatingwebhookconfigurations', ...objects.map(({ metadata }) => metadata.name), '--ignore-not-found');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
