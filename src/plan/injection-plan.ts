/** A piece of a Kubernetes object as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A container of the pod by its list and place. */
export interface ContainerPlace {
  readonly list: 'containers' | 'initContainers';
  readonly index: number;
  readonly name: string;
}

/** What a container gets. */
export interface Consumer extends ContainerPlace {
  readonly mounts: readonly Mount[];
  /** Variables by `fileKeyRef`, which go before all others, so that others can use them as `$(NAME)`. */
  readonly env: readonly FileVariable[];
  /** What goes before its command; empty when nothing does. */
  readonly command: readonly string[];
}
export type Mount = JsonObject & { name: string; mountPath: string };

/** It takes one variable in the way that it proves. */
export type CheckContainer = JsonObject & { readonly env: readonly [FileVariable] };
/** A variable that the kubelet sets from a file. */
export type FileVariable = JsonObject & { readonly name: string; readonly valueFrom: Json };

/** All that a pod needs so that its keys arrive first; what is there already is left out when the patch is made. */
export interface InjectionPlan {
  readonly volumes: readonly (JsonObject & { name: string })[];
  readonly initContainer: JsonObject;
  /** The second init container, right after ours, where variables need the proof. */
  readonly checkContainer: CheckContainer | undefined;
  /** Index of our container in `initContainers`. */
  readonly position: number;
  /** Containers that get something, by their place in the pod before our container is inserted. */
  readonly consumers: readonly Consumer[];
  /** Things that work but bite, for the admission response. */
  readonly warnings: readonly string[];
  /** Of those, what is to be told though nothing is left to add. */
  readonly late: readonly string[];
}
