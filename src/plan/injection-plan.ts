/** A piece of a Kubernetes object as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A container of the pod by its list and place. */
export interface ContainerPlace {
  readonly list: 'containers' | 'initContainers';
  readonly index: number;
  readonly name: string;
}

/** All that a pod needs so that its keys arrive first; what is there already is left out when the patch is made. */
export interface InjectionPlan {
  readonly volumes: readonly (JsonObject & { name: string })[];
  readonly initContainer: JsonObject;
  /** Index of our container in `initContainers`. */
  readonly position: number;
  /** Containers that get the files, by their place in the pod before our container is inserted. */
  readonly consumers: readonly (ContainerPlace & { readonly mount: JsonObject & { name: string; mountPath: string } })[];
  /** Things that work but bite, for the admission response. */
  readonly warnings: readonly string[];
}
