import type { Decision, DecisionSettings } from '../admission/decide.ts';
import { mutatePod } from '../admission/mutate-pod.ts';
import { ourAnnotations } from '../admission/our-annotations.ts';
import { neededServiceAccount } from '../admission/service-account.ts';
import { SKIP_REASONS } from '../admission/skip-reason.ts';
import type { Patch } from '../patch/json-patch.ts';
import { isRecord } from '../plan/contains.ts';
import type { Consumer } from '../plan/injection-plan.ts';
import type { SettingValues } from '../stores/family.ts';
import { changeDocument } from './change-document.ts';
import { applyEdits, type Edit } from './edit.ts';
import { type FoundPod, findPods } from './find-pods.ts';
import { findServiceAccounts } from './find-service-accounts.ts';
import { joinSources } from './join-sources.ts';
import { isEmpty, type Manifest, readManifests, type Source } from './read-manifests.ts';

export interface InjectOptions {
  readonly decision: DecisionSettings;
  /** Of objects that name none. */
  readonly namespace: string;
  /** Whether identity annotations of the ServiceAccounts among the manifests count, as they do on the cluster unless switched off. */
  readonly serviceAccounts: boolean;
}

/** Lines for people; each begins with file, document and object. */
export interface InjectReport {
  /** The manifests; empty when there is a problem, so that nothing half-done can be applied. */
  readonly output: string;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** One for each document: what was decided, and why. */
  readonly explanations: readonly string[];
}

/** Does to manifests what the webhook would do to their pods. Pure: the same input gives the same report. */
export function inject(sources: readonly Source[], options: InjectOptions): InjectReport {
  const report = { problems: [] as string[], warnings: [] as string[], explanations: [] as string[] };
  const read = sources.map((source) => ({ source, ...readManifests(source) }));
  const accounts = options.serviceAccounts
    ? new Map(read.flatMap(({ manifests }) => manifests.flatMap(({ content }) => findServiceAccounts(content, options.namespace))))
    : new Map<string, SettingValues>();
  const changed = read.map(({ source, manifests, problems }) => {
    report.problems.push(...problems.map(({ document, message }) => `${source.name}: document ${document}: ${message}`));
    const edits = manifests.flatMap((manifest) => changeManifest(manifest, source, { ...options, accounts }, report));
    return { ...source, text: applyEdits(source.text, edits) };
  });
  return { output: report.problems.length > 0 ? '' : joinSources(changed), ...report };
}

interface Context extends InjectOptions {
  /** Identity annotations by `<namespace>/<name>`. */
  readonly accounts: ReadonlyMap<string, SettingValues>;
}

interface Lines {
  readonly problems: string[];
  readonly warnings: string[];
  readonly explanations: string[];
}

function changeManifest(manifest: Manifest, source: Source, context: Context, lines: Lines): Edit[] {
  const file = `${source.name}: document ${manifest.number}`;
  const found = findPods(manifest.content);
  if (found.length === 0 && !isEmpty(manifest))
    lines.explanations.push(`${file}${kindOf(manifest.content)}: has no pod and no pod template`);

  const patch: Patch = [];
  for (const pod of found) {
    const place = `${file}${pod.item === undefined ? '' : `, item ${pod.item}`} (${pod.owner})`;
    if (pod.misplaced !== undefined) lines.warnings.push(`${place}: ${misplaced(pod.misplaced)}`);
    const decision = decideFor(pod, context);
    if (decision.kind === 'reject') lines.problems.push(...decision.issues.map(({ key, message }) => `${place}: ${key}: ${message}`));
    if (decision.kind === 'inject') {
      lines.warnings.push(...decision.plan.warnings.map((warning) => `${place}: ${warning}`));
      const prefix = pod.path.map((key) => `/${key}`).join('');
      patch.push(...decision.patch.map((operation) => ({ ...operation, path: prefix + operation.path })));
    }
    lines.explanations.push(`${place}: ${explain(decision)}`);
  }
  if (patch.length === 0) return [];

  const change = changeDocument(manifest, source.text, patch);
  if (!change.ok) {
    lines.problems.push(`${file}: its YAML is written in a way that Keyfirst cannot add to; write it without anchors, aliases and tags`);
    return [];
  }
  if (change.rewritten) lines.warnings.push(`${file}: a part that Keyfirst adds to is shared, so anchors and aliases were written out`);
  return [...change.edits];
}

/** As on a cluster, where only pods with an annotation of ours reach the webhook. */
function decideFor({ pod, namespace: own }: FoundPod, { decision, namespace: fallback, accounts }: Context): Decision {
  const asked = isRecord(pod) && ourAnnotations(pod.metadata).length > 0;
  if (!asked) return { kind: 'skip', reason: 'not-annotated' };
  const namespace = own ?? fallback;
  const account = neededServiceAccount(pod, decision.annotations.stores);
  return mutatePod(pod, namespace, decision, account === undefined ? {} : accounts.get(`${namespace}/${account}`));
}

function explain(decision: Decision): string {
  switch (decision.kind) {
    case 'skip':
      return `left as it is: ${SKIP_REASONS[decision.reason]}`;
    case 'reject':
      return `refused: ${decision.issues[0].reason}`;
    case 'inject':
      return `secrets for ${decision.plan.consumers.map(shareOf).join(', ')}`;
    default:
      return decision satisfies never;
  }
}

function shareOf({ name, mounts: [mount], env, command }: Consumer): string {
  const variables = env.length > 0 || command.length > 0 ? ' in variables' : '';
  return `${name}${mount === undefined ? '' : ` at ${mount.mountPath}`}${variables}`;
}

function misplaced({ keys, place }: NonNullable<FoundPod['misplaced']>): string {
  return `${keys.join(', ')} ${keys.length === 1 ? 'does' : 'do'} nothing here; annotations for the pods belong in ${place}`;
}

function kindOf(content: unknown): string {
  return isRecord(content) && typeof content.kind === 'string' ? ` (${content.kind})` : '';
}
