import { Redacted } from '../../../src/common/redacted.ts';
import { HttpRefusal } from '../http/answer.ts';
import type { Http, HttpRequest } from '../http/http.ts';
import type { Peer } from '../http/peer.ts';
import type { SecretRead } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap } from '../value.ts';
import type { EnvironmentName } from './name.ts';
import { diagnosticsOf } from './peer.ts';
import { plainValues } from './values.ts';

/** How long Pulumi keeps the opened environment: we read it at once and have no way to close it. */
const SESSION = '15m';

/** What a call needs beside the name. */
export interface Caller {
  readonly http: Http;
  readonly peer: Peer;
  readonly base: string;
  readonly token: string;
  /** For remedies: the member of Pulumi that reads. */
  readonly organization: string;
}

/** Opens an environment, which evaluates it, and reads all its values. */
export async function openEnvironment(caller: Caller, name: EnvironmentName, signal: AbortSignal): Promise<SecretRead> {
  const { http, peer, base, token } = caller;
  const environment = `${base}/api/esc/environments/${name.organization}/${name.project}/${name.environment}`;
  const headers = { authorization: `token ${token}`, accept: 'application/vnd.pulumi+8' };
  const call = (request: Pick<HttpRequest, 'method' | 'url'>) =>
    http(peer, { ...request, headers, signal }).catch((error: unknown) => {
      throw error instanceof HttpRefusal ? refused(error, name, caller) : error;
    });
  const version = name.version === undefined ? '' : `/versions/${name.version}`;
  const opened = await call({ method: 'POST', url: `${environment}${version}/open?duration=${SESSION}` });
  const session = asMap(opened.json)?.id;
  if (typeof session !== 'string' || !/^[\w.:-]{1,200}$/.test(session)) {
    const [problem] = diagnosticsOf(opened.json);
    if (problem !== undefined) throw broken(name, 200, `; Pulumi says: ${problem.slice(0, 300)}`);
    throw new ProviderError('protocol', `${peer.place} opened ${name.text} without a session`, { remedy: peer.reachable });
  }
  const { json } = await call({ method: 'GET', url: `${environment}/open/${session}` });
  const revision = opened.headers['pulumi-esc-revision'];
  return {
    value: new Redacted({ kind: 'map', map: plainValues(json, peer.place) }),
    // The number if Pulumi tells it; else what was asked for, unless that moves.
    version: typeof revision === 'string' && /^\d{1,18}$/.test(revision) ? revision : name.version,
  };
}

function refused({ status, words, json }: HttpRefusal, name: EnvironmentName, { organization }: Caller): ProviderError {
  const details = { status };
  const other = name.organization === organization ? '' : ` The store's \`organization\` is ${organization}, not ${name.organization}.`;
  if (diagnosticsOf(json).length > 0) return broken(name, status, words);
  switch (status) {
    case 401:
      return new ProviderError('login-refused', `Pulumi does not accept the pod's access token${words}`, {
        ...details,
        remedy: `Check that the organization ${organization} still trusts this cluster.${other}`,
      });
    case 403:
      return new ProviderError('denied', `opening ${name.text} is not allowed${words}`, {
        ...details,
        remedy: `Let organization tokens open it: in the environment's settings give the permission \`environment:open\`, by a team or by the role that the OIDC policy gives.${other}`,
      });
    case 404:
      return new ProviderError('not-found', `no environment ${name.text}, or it is hidden from this pod${words}`, {
        ...details,
        remedy: `\`esc env get ${name.text}\` must show it; then look at who may open it.${other}`,
      });
    default:
      return new ProviderError('invalid', `${name.text} cannot be opened${words}`, {
        ...details,
        remedy: `\`esc open ${name.text}\` says what is wrong with it.`,
      });
  }
}

function broken(name: EnvironmentName, status: number, words: string): ProviderError {
  return new ProviderError('invalid', `the definition of ${name.text} cannot be evaluated${words}`, {
    status,
    remedy: `\`esc open ${name.text}\` says where; mend the definition.`,
  });
}
