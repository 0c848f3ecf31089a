import { GetParametersCommand, type Parameter, SSMClient } from '@aws-sdk/client-ssm';
import { Redacted } from '../../../src/common/redacted.ts';
import type { AwsSsmStore } from '../../../src/contract/provider.ts';
import { createBatches } from '../aws/batches.ts';
import { openAws, type RegionContext } from '../aws/open.ts';
import type { Environment } from '../aws/region.ts';
import { serviceError } from '../aws/service-error.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import type { ProviderError } from '../provider-error.ts';
import { parameterAbsent, parameterMeaning } from './meaning.ts';
import { type ParameterRequest, parameterText, parseParameter } from './reference.ts';
import { readTree } from './tree.ts';

/** Most names of one `GetParameters`. */
const BATCH = 10;

/** AWS Systems Manager Parameter Store: parameters by name or ARN, decrypted; those of one tick come in batches; trees as maps. */
export async function openAwsSsm(config: AwsSsmStore, deps: ProviderDeps, env: Environment = process.env): Promise<Store> {
  return openAws(config, deps, env, {
    name: 'AWS Parameter Store',
    endpointsOf: (client) => client.config.endpointProvider,
    createClient: (options) => new SSMClient(options),
    createReader,
    parse: parseParameter,
  });
}

function createReader({ client, place }: RegionContext<SSMClient>) {
  const explain = (error: unknown, request: ParameterRequest, permission: string) =>
    serviceError(error, { place, what: parameterText(request), permission, own: parameterMeaning(request) });

  async function ask(requests: readonly ParameterRequest[], signal: AbortSignal) {
    const command = new GetParametersCommand({ Names: requests.map(fullName), WithDecryption: true });
    const { Parameters = [], InvalidParameters = [] } = await client.send(command, { abortSignal: signal });
    return { found: Parameters, absent: InvalidParameters };
  }

  const parameters = createBatches<ParameterRequest, SecretRead>({
    size: BATCH,
    id: fullName,
    async one(request, signal) {
      try {
        const { found } = await ask([request], signal);
        const [parameter] = found;
        if (parameter?.Value === undefined) throw parameterAbsent(request, '', 200);
        return parameterRead(parameter.Value, parameter.Version);
      } catch (error) {
        throw explain(error, request, 'ssm:GetParameters');
      }
    },
    async many(requests, signal) {
      try {
        const { found, absent } = await ask(requests, signal);
        const missing = requests.filter((request) => absent.includes(fullName(request)));
        return new Map<string, SecretRead | ProviderError>([
          ...missing.map((request): [string, ProviderError] => [fullName(request), parameterAbsent(request, '', 200)]),
          ...found.flatMap((parameter) => byNames(parameter, requests)),
        ]);
      } catch (error) {
        const [first] = requests;
        throw first === undefined ? error : explain(error, first, 'ssm:GetParameters');
      }
    },
  });

  const trees = createBatches<ParameterRequest, SecretRead>({
    size: 1,
    id: fullName,
    many: async () => new Map(),
    async one(request, signal) {
      try {
        return await readTree(client, request, signal);
      } catch (error) {
        throw explain(error, request, 'ssm:GetParametersByPath');
      }
    },
  });

  return (request: ParameterRequest, signal: AbortSignal) => (request.tree ? trees : parameters)(request, signal);
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
