import { GetParametersCommand, type Parameter, SSMClient } from '@aws-sdk/client-ssm';
import { Redacted } from '../../../src/common/redacted.ts';
import type { AwsSsmStore } from '../../../src/contract/provider.ts';
import { openAws, type Reader, type RegionContext } from '../aws/open.ts';
import type { Environment } from '../aws/region.ts';
import { serviceError } from '../aws/service-error.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { parameterAbsent, parameterMeaning } from './meaning.ts';
import { type ParameterRequest, parameterText, parseParameter } from './reference.ts';
import { readTree } from './tree.ts';

/** Most names of one `GetParameters`. */
const BATCH = 10;

/** AWS Systems Manager Parameter Store: parameters by name or ARN, decrypted, several in one batch; trees as maps. */
export async function openAwsSsm(config: AwsSsmStore, deps: ProviderDeps, env: Environment = process.env): Promise<Store> {
  return openAws(config, deps, env, {
    name: 'AWS Parameter Store',
    endpointsOf: (client) => client.config.endpointProvider,
    createClient: (options) => new SSMClient(options),
    createReader,
    parse: parseParameter,
    batchSize: BATCH,
    inBatch: ({ tree }) => !tree,
  });
}

function createReader({ client, place }: RegionContext<SSMClient>): Reader<ParameterRequest> {
  const explain = (error: unknown, request: ParameterRequest, permission: string) =>
    serviceError(error, { place, what: parameterText(request), permission, own: parameterMeaning(request) });

  async function many(requests: readonly ParameterRequest[], signal: AbortSignal): Promise<(SecretRead | ProviderError | undefined)[]> {
    const names = [...new Set(requests.map(fullName))];
    const command = new GetParametersCommand({ Names: names, WithDecryption: true });
    try {
      const { Parameters = [], InvalidParameters = [] } = await client.send(command, { abortSignal: signal });
      const found = new Map(Parameters.flatMap((parameter) => byNames(parameter, requests)));
      return requests.map((request) => {
        const name = fullName(request);
        if (InvalidParameters.includes(name)) return parameterAbsent(request, '', 200);
        const [only] = names.length === 1 ? Parameters : [];
        return only?.Value === undefined ? found.get(name) : parameterRead(only.Value, only.Version);
      });
    } catch (error) {
      const [first] = requests;
      throw first === undefined ? error : explain(error, first, 'ssm:GetParameters');
    }
  }

  async function tree(request: ParameterRequest, signal: AbortSignal): Promise<SecretRead> {
    try {
      return await readTree(client, request, signal);
    } catch (error) {
      throw explain(error, request, 'ssm:GetParametersByPath');
    }
  }

  return {
    many,
    async one(request, signal) {
      if (request.tree) return tree(request, signal);
      const [found] = await many([request], signal);
      if (found === undefined || found instanceof ProviderError) throw found ?? parameterAbsent(request, '', 200);
      return found;
    },
  };
}

function fullName({ name, selector }: ParameterRequest): string {
  return name + selector;
}

/** Under both names that may have been asked for: AWS says name and ARN whichever it was, and repeats the selector. */
function byNames({ Name, ARN, Selector = '', Value, Version }: Parameter, requests: readonly ParameterRequest[]): [string, SecretRead][] {
  const names = [Name, ARN].flatMap((name) => name ?? []);
  // Without its selector nobody can tell which of two versions this is; a read of its own will.
  const unclear = Selector === '' && requests.some(({ name, selector }) => selector !== '' && names.includes(name));
  if (Value === undefined || unclear) return [];
  const read = parameterRead(Value, Version);
  return names.map((name) => [name + Selector, read]);
}

/** A `StringList` is text as AWS keeps it, with commas. */
function parameterRead(value: string, version: number | undefined): SecretRead {
  return { value: new Redacted({ kind: 'text', text: value }), version: version === undefined ? undefined : String(version) };
}
