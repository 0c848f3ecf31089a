import type { Container } from './pod.ts';

/** How variables reach a container: the kubelet sets them from files, or a wrapper before the command does. */
export type Delivery = 'file-key-ref' | 'exec';

export interface DeliverySettings {
  /** What the pod, else the cluster, wants. */
  readonly wanted: Delivery | 'auto';
  /** Whether the API server keeps `fileKeyRef`. */
  readonly fileKeyRef: boolean;
  /** Whether a container of ours proves each node's kubelet; without it an admin vouches for all of them. */
  readonly check: boolean;
}

/** What the variables of a container ask of the way they come. */
export interface DeliveryNeeds {
  /** Some names are only known when the secret is read, so that only the wrapper can set them. */
  readonly bulk: boolean;
  /** The container uses one where only the kubelet's are seen. */
  readonly early: boolean;
}

/**
 * First row that matches wins. *bulk* and *early* as above.
 *
 * | wanted | bulk | command set | API server knows fileKeyRef | nodes vouched for | delivery |
 * |---|---|---|---|---|---|
 * | exec | | yes | | | exec |
 * | exec | | no | | | refused |
 * | file-key-ref | yes | | | | refused |
 * | file-key-ref | no | | yes | | file-key-ref |
 * | file-key-ref | no | | no | | refused |
 * | auto | yes | yes | | | exec |
 * | auto | yes | no | | | refused |
 * | auto | no | | yes | yes | file-key-ref |
 * | auto | no | yes, and *early* | yes | no | file-key-ref, proved by the check |
 * | auto | no | yes | | | exec: right on every node, and no second spent on the proof |
 * | auto | no | no | yes | no | file-key-ref, proved by the check |
 * | auto | no | no | no | | refused |
 */
export function chooseDelivery(
  container: Container,
  { bulk, early }: DeliveryNeeds,
  settings: DeliverySettings,
): Delivery | { problem: string } {
  const { wanted, fileKeyRef, check } = settings;
  const hasCommand = (container.command?.length ?? 0) > 0;
  if (wanted === 'exec' || bulk) {
    if (wanted === 'file-key-ref') return { problem: NOT_IN_BULK };
    return hasCommand ? 'exec' : { problem: bulk ? NO_COMMAND_BULK : fileKeyRef ? NO_COMMAND : NO_COMMAND_OLD };
  }
  if (wanted === 'file-key-ref') return fileKeyRef ? 'file-key-ref' : { problem: UNKNOWN_FIELD };
  if (fileKeyRef && (!check || early)) return 'file-key-ref';
  if (hasCommand) return 'exec';
  return fileKeyRef ? 'file-key-ref' : { problem: NO_COMMAND_OLD };
}

const SET_COMMAND = "set `command` to the image's entry point (`docker inspect` shows it) and `args` to its arguments";
const OR_FILE = 'let the app read the value from a file (keyfirst.dev/file.<name>)';
const NO_COMMAND = `gets variables by exec, which puts a wrapper before \`command\`, and has none; ${SET_COMMAND}, set keyfirst.dev/env-delivery: file-key-ref, or ${OR_FILE}`;
const NO_COMMAND_OLD = `gets variables, for which this cluster (no \`fileKeyRef\`: Kubernetes 1.35 or later has it) needs a \`command\` to put a wrapper before, and has none; ${SET_COMMAND}, or ${OR_FILE}`;
const NO_COMMAND_BULK = `gets all keys of a secret as variables, which puts a wrapper before \`command\`, and has none; ${SET_COMMAND}, or name the variables one by one`;
const NOT_IN_BULK =
  'gets all keys of a secret as variables, and file-key-ref must know the names beforehand; name the variables one by one, or set keyfirst.dev/env-delivery: exec';
const UNKNOWN_FIELD = `gets variables by file-key-ref, which this cluster's API server does not know (Kubernetes 1.35 or later does, where its gate EnvFiles is on); set keyfirst.dev/env-delivery: exec and \`command\` in the container, or ${OR_FILE}`;
