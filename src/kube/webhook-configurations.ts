import * as z from 'zod';

/** What Keyfirst needs of a MutatingWebhookConfiguration; everything else in the object is left alone. */
export const WebhookConfiguration = z
  .object({
    metadata: z.object({ resourceVersion: z.string() }),
    webhooks: z
      .array(z.object({ clientConfig: z.object({ caBundle: z.string().default('') }) }))
      .nullish()
      .transform((webhooks) => webhooks ?? []),
  })
  .transform(({ metadata, webhooks }) => ({
    resourceVersion: metadata.resourceVersion,
    /** `caBundle` of each webhook entry, in order: base64, empty when absent. */
    caBundles: webhooks.map(({ clientConfig }) => clientConfig.caBundle),
  }));
export type WebhookConfiguration = z.infer<typeof WebhookConfiguration>;

/** The rights on one MutatingWebhookConfiguration that Keyfirst has. Every method rejects with a `KubeError`. */
export interface WebhookConfigurations {
  /** Undefined when it does not exist. */
  get(name: string): Promise<WebhookConfiguration | undefined>;
  /** Replaces `caBundle` of every entry if the object is still at `resourceVersion`; else rejects with code `cluster-conflict`. */
  patchCaBundles(name: string, seen: WebhookConfiguration): Promise<void>;
  /**
   * Tells the object's present state, then each change (undefined: deleted). Nothing is told while it does not exist.
   * Resolves when the server ends the watch or `signal` aborts; watch again then.
   */
  watch(name: string, onState: (state: WebhookConfiguration | undefined) => void, signal: AbortSignal): Promise<void>;
}
