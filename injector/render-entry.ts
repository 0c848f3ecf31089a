import type { Scrubber } from '../src/common/scrubber.ts';
import type { Reference } from '../src/contract/reference.ts';
import { bug, type Delivered, deliverOne } from './deliver-one.ts';
import type { ReadOutcome } from './fetch/fetch-secrets.ts';
import { registerText } from './register-secret.ts';
import type { Entry } from './render/references.ts';
import { type RenderedFile, render } from './render/render.ts';
import type * as variablesPart from './render/variables/index.ts';
import type { RenderedVariables } from './render/variables/render-variables.ts';

/** A file, or variables. */
export interface Product {
  readonly file?: RenderedFile | undefined;
  readonly variables?: RenderedVariables;
}

export interface RenderEntryDeps {
  readonly outcomeOf: (reference: Reference) => ReadOutcome;
  readonly scrubber: Scrubber;
  /** See `registerText`. */
  readonly configText: string;
  /** Loaded where variables are asked for. */
  readonly variables: typeof variablesPart | undefined;
}

/** Renders one entry whose reads have ended, and tells the scrubber what was made that the store did not say. Never throws. */
export async function renderEntry(
  spec: Entry,
  { outcomeOf, scrubber, configText, variables: part }: RenderEntryDeps,
): Promise<Delivered<Product>> {
  try {
    return await deliverOne<Product>(
      spec,
      outcomeOf,
      (text) => scrubber.scrub(text),
      async (lookup) => {
        if ('file' in spec) {
          const rendered = await render(spec, lookup);
          if (!rendered.ok) return rendered;
          // The one form that is made here and not from the store: the scrubber derives base64 from text, not text from base64.
          if (spec.format === 'base64-decode' && rendered.file !== undefined) scrubber.register(rendered.file.bytes);
          return { ok: true, product: { file: rendered.file }, missing: rendered.file === undefined ? 'all' : [] };
        }
        if (part === undefined) throw new Error('the part for variables is not loaded');
        const rendered = await part.renderVariables(spec, lookup);
        if (!rendered.ok) return rendered;
        const { variables, missing } = rendered.variables;
        for (const { value } of variables) registerText(scrubber, value, configText);
        return { ok: true, product: { variables: rendered.variables }, missing: variables.length === 0 ? 'all' : missing };
      },
    );
  } catch (error) {
    return { lines: [], failures: [{ key: spec.key, reference: '', ...bug(error) }] };
  }
}
