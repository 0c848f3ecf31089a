import { ProviderError } from '../provider-error.ts';

/** The parts of `arn:<partition>:<service>:<region>:<account>:<resource>` that we use. */
export interface Arn {
  readonly partition: string;
  readonly region: string;
  readonly resource: string;
}

/**
 * The ARN of an object of `service`, in any partition; undefined when the text is a plain name. Throws when it is the ARN of
 * something else; `example` shows a good one.
 */
export function parseArn(text: string, service: string, example: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined;
  const match = /^arn:([a-z][a-z0-9-]*):([a-z0-9-]+):([a-z0-9-]+):\d{12}:(.+)$/.exec(text);
  const [, partition, named, region, resource] = match ?? [];
  if (partition === undefined || region === undefined || resource === undefined || named !== service) {
    throw new ProviderError('invalid', `the path is an ARN, but not one of ${service}`, { remedy: `Write it like \`${example}\`.` });
  }
  return { partition, region, resource };
}
