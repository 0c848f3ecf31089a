import { ProviderError } from '../provider-error.ts';

/** A setting's base URL, http or https, without slashes at its end; `example` when it is absent. */
export function baseUrl(setting: string, value: string | undefined, example: string): string {
  const text = value ?? example;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new ProviderError('invalid', `the setting \`${setting}\` is no http or https URL`, { remedy: `Write it like \`${example}\`.` });
}
