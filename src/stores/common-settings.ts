import type { SettingValues, StorePlaces, StoreSetting } from './family.ts';
import { HttpUrl, ObjectName } from './schemas.ts';

export const CA_CONFIG_MAP: StoreSetting = {
  schema: ObjectName,
  sentence: "ConfigMap in the pod's namespace with extra CA certificates (PEM), any key.",
  example: 'private-ca',
};

/** A base URL in place of the store's own. */
export function endpoint(sentence: string, example: string): StoreSetting {
  return { schema: HttpUrl, isAddress: true, sentence, example };
}

export function caDirectory(settings: SettingValues, { configMap }: StorePlaces): { caDirectory?: string } {
  const name = settings['ca-config-map'];
  return name === undefined ? {} : { caDirectory: configMap(name) };
}
