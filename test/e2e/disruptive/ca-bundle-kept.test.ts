import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type ApiAnswer, apiClient } from '../../support/api-client.ts';
import { trusted } from '../../support/e2e-certificates.ts';
import { CONFIGURATION } from '../../support/e2e-policies.ts';
import { RELEASE, SYSTEM } from '../../support/e2e-setup.ts';
import { must } from '../../support/kubectl.ts';

const PATH = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${CONFIGURATION}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** As administrator, and for once not as the webhook: nothing here changes what is stored. */
describe('an update that leaves no certificate in caBundle', () => {
  let before: readonly string[];
  let patch: (...operations: object[]) => Promise<ApiAnswer>;
  const bundles = ({ body }: ApiAnswer): (string | undefined)[] =>
    body.webhooks.map(({ clientConfig }: { clientConfig: { caBundle?: string } }) => clientConfig.caBundle);
  const every = (change: (path: string) => object) => before.map((_, index) => change(`/webhooks/${index}/clientConfig/caBundle`));

  beforeAll(async () => {
    const client = await apiClient();
    patch = (...body) => client({ method: 'PATCH', path: `${PATH}?dryRun=All`, body });
    before = bundles(await patch()).map((bundle) => bundle ?? '');
  });

  it('is tried on bundles that hold certificates', async () => {
    expect((await trusted()).length).toBeGreaterThan(0);
    expect(before.length).toBeGreaterThan(1);
    expect(before).not.toContain('');
  });

  it.each<[what: string, change: (path: string) => object]>([
    ['removed', (path) => ({ op: 'remove', path })],
    ['empty', (path) => ({ op: 'replace', path, value: '' })],
    ['null', (path) => ({ op: 'replace', path, value: null })],
    ['nonsense', (path) => ({ op: 'replace', path, value: base64('this is not PEM') })],
  ])('keeps what was there: %s', async (_, change) => {
    const answer = await patch(...every(change));

    expect(answer.code).toBe(200);
    expect(bundles(answer)).toEqual(before);
  });

  it('keeps it where one entry is emptied, and takes what another gets', async () => {
    const other = base64('-----BEGIN CERTIFICATE-----');
    const answer = await patch(
      { op: 'remove', path: '/webhooks/0/clientConfig/caBundle' },
      { op: 'replace', path: '/webhooks/1/clientConfig/caBundle', value: other },
    );

    expect(bundles(answer)).toEqual([before[0], other, ...before.slice(2)]);
  });

  it('keeps it when `kubectl replace` takes the manifest of the chart', async () => {
    const manifests = (await must('helm', ['get', 'manifest', RELEASE, '-n', SYSTEM])).split(/^---$/m);
    const manifest = manifests.map((text) => parse(text)).find((object) => object?.kind === 'MutatingWebhookConfiguration');
    const replaced = await must('kubectl', ['replace', '--dry-run=server', '-o', 'json', '-f', '-'], stringify(manifest));

    expect(bundles({ body: JSON.parse(replaced) } as ApiAnswer)).toEqual(before);
  });

  it('takes it where the mode of certificates changes, too: the old CAs must go then', async () => {
    const mode = { op: 'add', path: '/metadata/annotations/keyfirst.dev~1certificates', value: 'files' };

    expect(bundles(await patch(mode, ...every((path) => ({ op: 'remove', path }))))).toEqual(before.map(() => undefined));
  });
});
