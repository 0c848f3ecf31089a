import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiAnswer, type ApiCall, apiClient } from '../support/api-client.ts';
import { brokenRules, CONFIGURATION, tellAllRules } from '../support/e2e-policies.ts';

const US = 'system:serviceaccount:keyfirst-system:keyfirst';
const PATH = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${CONFIGURATION}`;
/** Of the first webhook. */
const at = (field: string) => `/webhooks/0/${field}`;
const add = (path: string, value: unknown) => ({ op: 'add', path, value });
const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'], scope: '*' };
const webhook = {
  name: 'more.keyfirst.dev',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { url: 'https://evil.test/' },
  rules: [rule],
};

/** Every field of the configuration, changed by itself, and the rule that refuses it. */
const CHANGES: readonly [what: string, change: object, message: RegExp][] = [
  ['a label', add('/metadata/labels/evil', 'yes'), /the object's metadata/],
  ['a label less', { op: 'remove', path: '/metadata/labels/app.kubernetes.io~1name' }, /the object's metadata/],
  ['annotations', add('/metadata/annotations', { 'meta.helm.sh/release-name': 'other' }), /the object's metadata/],
  ['a finalizer', add('/metadata/finalizers', ['evil.test/stay']), /the object's metadata/],
  [
    'an owner',
    add('/metadata/ownerReferences', [
      { apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: '9d8f7e6c-0000-4000-8000-000000000000' },
    ]),
    /the object's metadata/,
  ],
  ['one webhook more', add('/webhooks/-', webhook), /adds, removes, renames or moves/],
  ['no webhooks', add('/webhooks', []), /adds, removes, renames or moves/],
  ['its name', add(at('name'), 'other.keyfirst.dev'), /adds, removes, renames or moves/],
  ['rules', add(at('rules/-'), rule), /another field of a webhook/],
  ['resources', add(at('rules/0/resources'), ['*']), /another field of a webhook/],
  ['operations', add(at('rules/0/operations'), ['*']), /another field of a webhook/],
  ['namespaceSelector', add(at('namespaceSelector'), {}), /another field of a webhook/],
  ['objectSelector', add(at('objectSelector'), { matchLabels: { a: 'b' } }), /another field of a webhook/],
  ['matchConditions', add(at('matchConditions'), []), /another field of a webhook/],
  ['one matchCondition', add(at('matchConditions/0/expression'), 'true'), /another field of a webhook/],
  ['failurePolicy', add(at('failurePolicy'), 'Ignore'), /another field of a webhook/],
  ['matchPolicy', add(at('matchPolicy'), 'Exact'), /another field of a webhook/],
  ['reinvocationPolicy', add(at('reinvocationPolicy'), 'Never'), /another field of a webhook/],
  ['sideEffects', add(at('sideEffects'), 'NoneOnDryRun'), /another field of a webhook/],
  ['timeoutSeconds', add(at('timeoutSeconds'), 30), /another field of a webhook/],
  ['admissionReviewVersions', add(at('admissionReviewVersions'), ['v1', 'v1beta1']), /another field of a webhook/],
  ['its Service', add(at('clientConfig/service/name'), 'evil'), /where the API server calls/],
  ["its Service's namespace", add(at('clientConfig/service/namespace'), 'evil'), /where the API server calls/],
  ["its Service's path", add(at('clientConfig/service/path'), '/'), /where the API server calls/],
  ["its Service's port", add(at('clientConfig/service/port'), 8443), /where the API server calls/],
  ['a URL', add(at('clientConfig'), { url: 'https://evil.test/' }), /where the API server calls/],
];

describe("our ServiceAccount and the webhook's configuration", () => {
  let client: (call: ApiCall) => Promise<ApiAnswer>;
  let rules: AsyncDisposable | undefined;
  const patch = (body: readonly object[], as = US): Promise<ApiAnswer> => client({ method: 'PATCH', path: `${PATH}?dryRun=All`, body, as });

  beforeAll(async () => {
    client = await apiClient();
    rules = await tellAllRules('keyfirst-self');
    for (let tries = 0; tries < 50 && brokenRules(await patch([add(at('timeoutSeconds'), 29)])).length === 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
  });
  afterAll(() => rules?.[Symbol.asyncDispose]());

  it.each(CHANGES)('may not change %s', async (_, change, message) => {
    const answer = await patch([change]);
    expect(answer).toMatchObject({ code: 422, body: { message: expect.stringMatching(message) } });
    expect(brokenRules(answer)).toEqual([expect.stringMatching(message)]);
  });

  it('may change caBundle, of every webhook at once', async () => {
    const { body } = await patch([]);
    const another = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64');
    const bundles = body.webhooks.map((_: unknown, index: number) => add(`/webhooks/${index}/clientConfig/caBundle`, another));
    expect(bundles.length).toBeGreaterThan(0);
    const answer = await patch(bundles);
    expect(answer).toMatchObject({ code: 200, warnings: [] });
    expect(answer.body.webhooks[0].clientConfig.caBundle).toBe(another);
    expect(await patch([{ op: 'remove', path: at('clientConfig/caBundle') }])).toMatchObject({ code: 200, warnings: [] });
  });

  it('an administrator may change the rest', async () => {
    const answer = await client({ method: 'PATCH', path: `${PATH}?dryRun=All`, body: [add(at('timeoutSeconds'), 29)] });
    expect(answer).toMatchObject({ code: 200, warnings: [] });
  });

  it.each(['POST', 'DELETE'])('has no right to %s one', async (method) => {
    const collection = PATH.slice(0, PATH.lastIndexOf('/'));
    const object = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'own' },
      webhooks: [webhook],
    };
    const call =
      method === 'POST'
        ? ({ method, path: `${collection}?dryRun=All`, body: object, as: US } as const)
        : ({ method: 'DELETE', path: `${PATH}?dryRun=All`, body: {}, as: US } as const);
    expect(await client(call)).toMatchObject({ code: 403 });
  });
});
