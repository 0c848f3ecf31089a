import { parseArn } from '../aws/arn.ts';
import { ProviderError } from '../provider-error.ts';

const EXAMPLE = 'arn:aws:ssm:eu-central-1:111122223333:parameter/shop/db/host';

/** What to read: one parameter by name or ARN with its selector, or everything below a path. */
export interface ParameterRequest {
  /** That of the ARN; undefined for a plain name. */
  readonly region: string | undefined;
  /** Name, ARN, or for a tree the path without the trailing `/` (the root is `/`). */
  readonly name: string;
  /** `:<version>` or `:<label>`, empty for the newest version. */
  readonly selector: string;
  readonly tree: boolean;
}

/** Reads path and parameters of a reference. Throws a `ProviderError` of code `invalid`. */
export function parseParameter(path: string, parameters: ReadonlyMap<string, string>): ParameterRequest {
  const arn = parseArn(path, 'ssm', EXAMPLE);
  if (arn !== undefined && !arn.resource.startsWith('parameter/')) {
    throw new ProviderError('invalid', 'the ARN is not that of a parameter', { remedy: `Write it like \`${EXAMPLE}\`.` });
  }
  const selector = parseSelector(parameters);
  const region = arn?.region;
  if (!path.endsWith('/')) return { region, name: arn === undefined ? withSlash(path) : path, selector, tree: false };
  if (selector !== '') {
    throw new ProviderError('invalid', 'a path that ends in `/` takes no parameters', {
      remedy: 'Remove them, or name a single parameter.',
    });
  }
  // AWS takes a path here, not an ARN.
  const tree = arn === undefined ? path : arn.resource.slice('parameter'.length);
  return { region, name: withSlash(`${tree.replace(/\/+$/, '')}/`).replace(/(?<=.)\/$/, ''), selector, tree: true };
}

/** A name with a hierarchy begins with a slash; one without has none. */
function withSlash(name: string): string {
  return name.includes('/') && !name.startsWith('/') ? `/${name}` : name;
}

function parseSelector(parameters: ReadonlyMap<string, string>): string {
  for (const name of parameters.keys()) {
    if (name !== 'version' && name !== 'label') {
      throw new ProviderError('invalid', `Parameter Store takes no parameter \`${name}\``, {
        remedy: 'The parameters are `version` and `label`.',
      });
    }
  }
  const version = parameters.get('version');
  const label = parameters.get('label');
  if (version !== undefined && label !== undefined) {
    throw new ProviderError('invalid', '`version` and `label` both choose a version', { remedy: 'Keep one of them.' });
  }
  if (version !== undefined && !/^[1-9]\d{0,17}$/.test(version)) {
    throw new ProviderError('invalid', 'the parameter `version` is no whole number from 1', {
      remedy: 'Write it like `?version=3`; a name is a `label`.',
    });
  }
  const selector = version ?? label;
  return selector === undefined ? '' : `:${selector}`;
}

/** For messages. */
export function parameterText({ name, selector, tree }: ParameterRequest): string {
  if (tree) return `the parameters below ${name}`;
  return `the parameter ${name}${selector}`;
}
