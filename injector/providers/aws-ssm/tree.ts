import { GetParametersByPathCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm';
import { Redacted } from '../../../src/common/redacted.ts';
import type { SecretRead } from '../provider.ts';
import { parameterAbsent } from './meaning.ts';
import type { ParameterRequest } from './reference.ts';

/** AWS's own limit. */
const PAGE = 10;

/** Everything below a path as a map; keys are relative to it. Errors as the SDK throws them, or `not-found` when there is nothing. */
export async function readTree(client: SSMClient, request: ParameterRequest, signal: AbortSignal): Promise<SecretRead> {
  const parameters: Parameter[] = [];
  let next: string | undefined;
  do {
    const command = new GetParametersByPathCommand({
      Path: request.name,
      Recursive: true,
      WithDecryption: true,
      MaxResults: PAGE,
      NextToken: next,
    });
    const page = await client.send(command, { abortSignal: signal });
    parameters.push(...(page.Parameters ?? []));
    next = page.NextToken;
  } while (next !== undefined && next !== '');
  const prefix = request.name === '/' ? '/' : `${request.name}/`;
  const entries = parameters.flatMap(({ Name, Value }) =>
    Name === undefined || Value === undefined ? [] : [[Name.startsWith(prefix) ? Name.slice(prefix.length) : Name, Value] as const],
  );
  if (entries.length === 0) throw parameterAbsent(request, '', 200);
  return { value: new Redacted({ kind: 'map', map: Object.fromEntries(entries) }) };
}
