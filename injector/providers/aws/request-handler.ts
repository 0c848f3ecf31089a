import { ProviderError } from '../provider-error.ts';
import { checkHealing } from './healing.ts';
import type { Http, HttpAnswer } from './http.ts';
import { xmlElement } from './xml-element.ts';

/** The part of the SDK's request that JSON services use. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The SDK's request handler on our transport. Answers that are none of AWS's, or that may heal, are told apart before the SDK parses them. */
export function createRequestHandler(http: Http, place: string) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
      const port = request.port === undefined ? '' : `:${request.port}`;
      const answer = await http({
        method: request.method,
        url: new URL(`${request.protocol}//${request.hostname}${port}${request.path}`),
        headers: request.headers,
        body: request.body,
        signal: abortSignal,
        place,
        setting: 'endpoint',
      });
      checkHealing(answer, place);
      return { response: { statusCode: answer.status, headers: answer.headers, body: jsonBody(answer, place) } };
    },
    destroy: () => undefined,
    httpHandlerConfigs: () => ({}),
    updateHttpClientConfig: () => undefined,
  };
}

function jsonBody({ status, headers, body }: HttpAnswer, place: string): Uint8Array {
  if (isJson(body)) return body;
  const type = headers['content-type'];
  const text = status >= 400 ? body.toString('utf8') : '';
  // What stands before the services, and servers that play AWS, may refuse in XML, and not always say that it is.
  const xml = /^<\?xml|^<Error/.test(text) ? text : '';
  const code = xmlElement(xml, 'Code');
  if (code !== undefined) return Buffer.from(JSON.stringify({ __type: code, message: xmlElement(xml, 'Message') ?? '' }));
  // Good answers are taken whatever their type, as the SDK does; servers that play AWS send theirs as text/html.
  if (status === 200 && (type === undefined || type.includes('json') || /^\s*\{/.test(body.toString('utf8', 0, 100)))) {
    throw new ProviderError('unavailable', `the answer of ${place} breaks off or is not valid JSON`, {
      status,
      remedy: 'Look for a proxy between the pod and AWS that cuts answers.',
    });
  }
  throw new ProviderError(
    'protocol',
    `the answer of ${place} is not one of AWS (content type ${type?.split(';')[0]?.slice(0, 60) ?? 'none'})`,
    {
      status,
      remedy: 'Check the settings `region` and `endpoint`, and proxies between the pod and AWS.',
    },
  );
}

function isJson(body: Buffer): boolean {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return typeof json === 'object' && json !== null;
  } catch {
    return false;
  }
}
