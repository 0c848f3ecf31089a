import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stsError } from '../../../injector/providers/aws/sts-error.ts';
import { awsWords } from '../../../injector/providers/aws/words.ts';
import { xmlElement } from '../../../injector/providers/aws/xml-element.ts';
import { checkAnswer as checkAzure, wordsOf } from '../../../injector/providers/azure-kv/answer.ts';
import { publicKeyPem } from '../../../injector/providers/azure-kv/key/public-key.ts';
import { loginRefused } from '../../../injector/providers/azure-kv/login-refused.ts';
import { parseTarget } from '../../../injector/providers/azure-kv/target.ts';
import { openDev } from '../../../injector/providers/dev/index.ts';
import { parseExactJson } from '../../../injector/providers/exact-json.ts';
import { googleError } from '../../../injector/providers/gcp-sm/google-error.ts';
import { parsePayload } from '../../../injector/providers/gcp-sm/payload.ts';
import { goodAnswer, HttpRefusal } from '../../../injector/providers/http/answer.ts';
import { ProviderError } from '../../../injector/providers/provider-error.ts';
import { plainValues } from '../../../injector/providers/pulumi-esc/values.ts';
import { retryAfter } from '../../../injector/providers/retry-after.ts';
import { tokenClaims } from '../../../injector/providers/token-claims.ts';
import { asMap, type JsonValue } from '../../../injector/providers/value.ts';
import { parseRead, planRead, readRefused } from '../../../injector/providers/vault/read.ts';
import { checkAnswer as checkVault, VaultRefusal } from '../../../injector/providers/vault/response.ts';
import { anyJson, misshapen, nested } from '../generate/json.ts';
import { anyText, damaged, repeated } from '../generate/text.ts';
import { anyList } from '../generate/yaml.ts';
import { checkMessages, checkPrototypes } from '../laws.ts';
import { target } from '../target.ts';

const place = 'the store';
const peer = { place, speaker: 'the store', reachable: 'Check it.', message: () => undefined, setting: 'endpoint' } as never;
const azure = parseTarget('shop-vault/a', new Map());
const deps = { identity: { namespace: 'shop', serviceAccount: 'web' } } as never;

/** Good answers of each store, to be damaged. */
const GOOD: readonly unknown[] = [
  { data: { data: { a: 'b' }, metadata: { version: 3, deletion_time: '', destroyed: false } }, lease_id: '', lease_duration: 0 },
  { data: { username: 'u', password: 'p' }, lease_id: 'x', lease_duration: 3600, errors: ['1 error occurred: * permission denied'] },
  { name: 'projects/1/secrets/a/versions/3', payload: { data: 'aGVsbG8=', dataCrc32c: '2593128489' } },
  { properties: { db: { value: { password: { value: 'x', secret: true, trace: {} } } }, list: { value: [{ value: 1 }] } } },
  { error: { status: 'PERMISSION_DENIED', message: 'no', details: [{ reason: 'IAM' }] } },
  { error: 'invalid_grant', error_description: 'AADSTS700213: no match. Trace ID: 1' },
  { key: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
];
const header = fc.oneof(
  fc.constantFrom('application/json', 'text/html', '120', 'Wed, 21 Oct 2065 07:28:00 GMT', '-1', '9e99'),
  anyText,
  repeated(8_192),
);
const bodies = fc.oneof(
  { weight: 75, arbitrary: misshapen(fc.constantFrom(...GOOD)).map((json) => JSON.stringify(json) ?? '') },
  { weight: 30, arbitrary: damaged(fc.constantFrom(...GOOD).map((json) => JSON.stringify(json))) },
  { weight: 15, arbitrary: anyJson().map((json) => JSON.stringify(json)) },
  { weight: 1, arbitrary: nested },
  { weight: 1, arbitrary: repeated(65_536) },
  { weight: 15, arbitrary: fc.constant('{"error":{"a":1e999999,"b":-0.0000,"c":12345678901234567890123456789,"__proto__":{"x":1}}}') },
);

/** What each store's reader makes of an answer. */
const readers: readonly ((json: JsonValue, text: string, status: number, header: string) => unknown)[] = [
  (json, _text, status, type) => {
    const answer = { status, contentType: type, retryAfter: type, location: undefined, empty: false, json };
    const plan = planRead('secret/a', new Map(), { kind: 'unknown', path: '' });
    try {
      return parseRead(asMap(checkVault(answer, place)) ?? {}, plan, undefined, place).value.reveal();
    } catch (error) {
      if (error instanceof VaultRefusal) throw readRefused(error, plan, 'shop');
      throw error;
    }
  },
  (json) => parsePayload(json, place).value.reveal(),
  (json) => plainValues(json, place),
  (json, _text, status, type) => {
    try {
      return goodAnswer({ status, headers: { 'content-type': type, 'retry-after': type }, json }, peer, 0);
    } catch (error) {
      if (error instanceof HttpRefusal) return error.words;
      throw error;
    }
  },
  (json) => Object.values(googleError(json)).map((word) => String(word ?? '')),
  (json, text, status, type) => {
    checkAzure(
      {
        status,
        headers: new Map([
          ['content-type', type],
          ['retry-after', type],
        ]),
        text,
        json,
      },
      peer,
      0,
    );
    return wordsOf(json);
  },
  (json, text, status) => {
    throw loginRefused(
      { status, headers: new Map(), text, json },
      { issuer: undefined, subject: 's', audience: 'a' } as never,
      { tenantId: 't', clientId: 'c' } as never,
      place,
    );
  },
  (json) => publicKeyPem((json ?? {}) as never, azure),
  (_json, text) => awsWords(xmlElement(text, 'Message') ?? text),
  (_json, text, status) => {
    throw stsError(status, text.slice(0, 40), text, { webIdentity: { roleArn: 'arn' } as never, token: text, deps, place });
  },
  (_json, text, _status, value) => [retryAfter(value, 0), tokenClaims(`a.${Buffer.from(text).toString('base64url')}.b`), tokenClaims(text)],
];

export const answers = target({
  name: 'store-answers',
  parses: 'answers of all stores, good ones and errors',
  share: 90,
  inputs: fc.tuple(
    fc.nat(readers.length - 1),
    bodies,
    fc.constantFrom(200, 200, 200, 204, 301, 400, 401, 403, 404, 408, 412, 429, 500, 503, 0, 999),
    header,
  ),
  run([which, text, status, value]) {
    let json: JsonValue | undefined;
    try {
      json = parseExactJson(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    try {
      checkPrototypes(readers[which]?.(json ?? null, text, status, value));
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      // The log and the termination message cut what is longer; a line should hold it all the same.
      checkMessages([error.message, error.remedy], { length: 1_500 });
    }
  },
});

const folder = mkdtempSync(join(tmpdir(), 'keyfirst-fuzz-'));
process.on('exit', () => process.getBuiltinModule('node:fs').rmSync(folder, { recursive: true, force: true }));

export const dev = target({
  name: 'dev-store',
  parses: "the dev store's YAML file, which is for demos; the bound is 500 ms",
  share: 4,
  bound: 500,
  inputs: anyList(8_192),
  async run(text) {
    writeFileSync(join(folder, 'secrets.yaml'), text);
    const store = openDev({ provider: 'dev', file: '/secrets.yaml' }, { root: folder } as never);
    try {
      await store.connect(new AbortController().signal);
      for (const path of ['a', 'd', '__proto__', 'constructor/name', 'x/y'])
        await store.read(path, new Map(), new AbortController().signal).catch(expected);
    } catch (error) {
      expected(error);
    }
  },
});

function expected(error: unknown): void {
  if (!(error instanceof ProviderError)) throw error;
}
