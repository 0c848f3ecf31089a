import type * as z from 'zod';
import type { ProviderId, StoreConfig } from '../contract/provider.ts';
import type { Reference } from '../contract/reference.ts';

/** One setting of a store, in annotations (`store.<store>.<setting>`) and in `settings.stores.<store>`. */
export interface StoreSetting {
  readonly schema: z.ZodType<string, string>;
  /** Absent: nothing is sent. */
  readonly default?: string;
  readonly required?: boolean;
  /** A place that the injector calls; an admin can close the list of them. */
  readonly isAddress?: boolean;
  /** Annotation of the pod's ServiceAccount that stands in where the pod says nothing. */
  readonly serviceAccountAnnotation?: string;
  readonly sentence: string;
  readonly example: string;
}

export type SettingValues = Readonly<Record<string, string>>;

/** Where our container finds what the plan mounts for a store. */
export interface StorePlaces {
  /** The projected token of an audience; undefined asks for the cluster's default audience. */
  readonly token: (audience: string | undefined) => { tokenFile: string; audience?: string };
  /** Folder of a ConfigMap, mounted for this store. */
  readonly configMap: (name: string) => string;
}

/** What admission knows of a store family; it never calls one. */
export interface StoreFamily {
  readonly provider: ProviderId;
  readonly settings: Readonly<Record<string, StoreSetting>>;
  /** Names that may stand behind the `?` of a reference. */
  readonly parameters: readonly string[];
  /** What is wrong with a reference's path and the values of its parameters; undefined when nothing is. */
  readonly referenceProblem: (reference: Reference) => string | undefined;
  /** Whether a reference without property gives a map for sure (and so needs a form). */
  readonly wholeIsMap: (reference: Reference) => boolean;
  /** Checked settings as the injector takes them. */
  readonly wire: (settings: SettingValues, places: StorePlaces) => StoreConfig;
  readonly sentence: string;
  readonly example: string;
}

/** The parameters of a reference that are not in the list, as a problem. */
export function unknownParameter({ store, parameters }: Reference, known: readonly string[] = []): string | undefined {
  const unknown = [...parameters.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const has = known.length === 0 ? 'it takes none' : `it takes ${known.map((name) => `\`${name}\``).join(', ')}`;
  return `${store} takes no parameter \`${unknown}\`; ${has}`;
}

/** `{ name: value }`, or nothing where the value is absent. */
export function given<Name extends string>(name: Name, value: string | undefined): { [key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: string });
}
