import * as z from 'zod';

/** What Keyfirst reads of a ServiceAccount. */
export const ServiceAccount = z
  .object({
    metadata: z.object({
      namespace: z.string(),
      name: z.string(),
      resourceVersion: z.string(),
      annotations: z
        .record(z.string(), z.string())
        .nullish()
        .transform((annotations) => annotations ?? {}),
    }),
  })
  .transform(({ metadata }) => metadata);
export type ServiceAccount = z.infer<typeof ServiceAccount>;

/** One page of the list of all ServiceAccounts. */
export const ServiceAccountPage = z
  .object({
    metadata: z.object({ resourceVersion: z.string(), _continue: z.string().optional() }),
    items: z.array(ServiceAccount),
  })
  .transform(({ metadata, items }) => ({
    items,
    /** From where a watch continues this list. */
    resourceVersion: metadata.resourceVersion,
    /** Asks for the next page; undefined on the last one. */
    next: metadata._continue || undefined,
  }));
export type ServiceAccountPage = z.infer<typeof ServiceAccountPage>;

export type ServiceAccountChange =
  | { readonly kind: 'present' | 'gone'; readonly account: ServiceAccount }
  /** Nothing changed up to here. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/** The rights on ServiceAccounts that Keyfirst has. Every method rejects with a `KubeError`. */
export interface ServiceAccounts {
  /** The first page, or the one that `next` of the page before asks for; rejects with code `cluster-expired` when that took too long. */
  listServiceAccounts(next: string | undefined, signal: AbortSignal): Promise<ServiceAccountPage>;
  /** Undefined when it does not exist. */
  readServiceAccount(namespace: string, name: string, signal: AbortSignal): Promise<ServiceAccount | undefined>;
  /**
   * Tells every change after `resourceVersion`. Resolves when the server ends the watch or `signal` aborts: watch again, from the
   * last change. Rejects with code `cluster-expired` when the server no longer knows so old a version: list anew.
   */
  watchServiceAccounts(
    resourceVersion: string,
    handlers: { readonly onOpen: () => void; readonly onChange: (change: ServiceAccountChange) => void },
    signal: AbortSignal,
  ): Promise<void>;
}
