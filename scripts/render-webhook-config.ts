import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, parseAllDocuments, stringify } from 'yaml';
import { findHelm, helmTemplate } from './helm.ts';

const FOLDER = join(import.meta.dirname, '../webhook-config');
const NAMESPACE = 'keyfirst-system';
/** Nobody's registry: users put their own in its place. */
const REGISTRY = 'registry.example.com/keyfirst';
const HEADER = '# Rendered from charts/keyfirst by `npm run generate`; put changes into an overlay, see README.md.\n';
const README = 'README.md';

/**
 * The manifests of `webhook-config/`, by file name: the chart with its default values, without what only Helm needs. The
 * settings become a file of their own, from which kustomize makes the ConfigMap; its hash in the name rolls the pods.
 */
export function renderWebhookConfig(helm: string): Map<string, string> {
  const values = { webhook: { image: { repository: `${REGISTRY}/webhook` } }, injector: { image: { repository: `${REGISTRY}/injector` } } };
  const text = helmTemplate(helm, 'keyfirst', NAMESPACE, values).replaceAll(/^# Source: .*\n/gm, '');
  const documents = parseAllDocuments(text).filter(({ contents }) => contents !== null);
  const manifests = new Map<string, string>([['namespace.yaml', HEADER + stringify(namespace())]]);
  let settings = '';
  for (const document of documents) {
    const kind = String(document.get('kind'));
    if (kind === 'ConfigMap') settings = String(document.getIn(['data', 'settings.yaml']));
    else manifests.set(fileName(kind, String(document.getIn(['metadata', 'name']))), HEADER + withoutHelm(document));
  }
  const resources = [...manifests.keys()];
  manifests.set('settings.yaml', SETTINGS_HEADER + settings);
  manifests.set('kustomization.yaml', HEADER + stringify(kustomization(resources)));
  return manifests;
}

const SETTINGS_HEADER = `${HEADER}# The webhook's settings; the same as \`settings\` of the chart, with the injector's image.\n`;

/** After the kind; of policies there are several, so that their names follow. */
function fileName(kind: string, name: string): string {
  const words = kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  return kind.startsWith('ValidatingAdmissionPolicy') ? `${words}-${name.replace('keyfirst-', '')}.yaml` : `${words}.yaml`;
}

function namespace(): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
}

function kustomization(resources: readonly string[]): object {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources,
    configMapGenerator: [{ name: 'keyfirst', namespace: NAMESPACE, files: ['settings.yaml'] }],
  };
}

function withoutHelm(document: Document): string {
  for (const label of ['helm.sh/chart', 'app.kubernetes.io/managed-by']) document.deleteIn(['metadata', 'labels', label]);
  // The checksum of settings that the user replaces; the generated ConfigMap's name does its work.
  const annotations = ['spec', 'template', 'metadata', 'annotations'];
  if (document.hasIn(annotations)) document.deleteIn(annotations);
  return document.toString({ lineWidth: 0, directives: false, flowCollectionPadding: false });
}

if (import.meta.main) {
  const helm = findHelm(process.env);
  if (helm === undefined)
    throw new Error('no Helm: run `npm run cluster -- true` once, which prepares it, or set CLUSTER_CACHE to where it is');
  if (!existsSync(FOLDER)) mkdirSync(FOLDER);
  for (const file of readdirSync(FOLDER)) if (file !== README) rmSync(join(FOLDER, file));
  for (const [file, text] of renderWebhookConfig(helm)) writeFileSync(join(FOLDER, file), text);
}
