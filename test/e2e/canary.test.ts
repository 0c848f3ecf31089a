import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { shellTeller, toldBy } from '../support/e2e-env-apps.ts';
import { app, lookAround, namespace, pod, remove, seen, sha256, succeeded, untilPhase } from '../support/e2e-pods.ts';
import { putSecret, SYSTEM } from '../support/e2e-setup.ts';
import { metricsOf, webhookLogs, webhookPods } from '../support/e2e-webhook.ts';
import { create, get, kubectl, type Manifest, tryCreate } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const NAMESPACE = 'kf-canary';
/** A secret value that occurs nowhere else in the world. */
const CANARY = `canary-${randomBytes(12).toString('hex')}"\\$(HOME)`;
/** Is meant to be seen, in all the places where the canary must not be: it proves that the search finds. */
const MARKER = `marker-${randomBytes(6).toString('hex')}`;
const PATH = `canary/${MARKER}`;

const containers = [app(cluster.appImage, lookAround())];
const file = (reference: string, more: Record<string, string> = {}) => ({ 'keyfirst.dev/file.password': reference, ...more });
const entry = (value: object) => ({ 'keyfirst.dev/secrets': JSON.stringify([value]) });
const from = `vault://secret/${PATH}`;

/** One container has the canary in a variable from the kubelet, one from the wrapper. */
const variables = [
  shellTeller(cluster.appImage, ['PASSWORD'], { name: 'by-file' }),
  shellTeller(cluster.appImage, ['PASSWORD'], { name: 'by-exec', command: true }),
];

/** Pods whose injectors read the canary and end in every way there is. */
const FAILING: Readonly<Record<string, Record<string, string>>> = {
  'no-property': file(`${from}#passwort`),
  'bad-json': entry({ file: 'password', from: `${from}#password`, format: 'json' }),
  'no-variable': { ...entry({ env: 'PASSWORD', from: `${from}#quoted` }), 'keyfirst.dev/env-delivery': 'file-key-ref' },
  'no-room': entry({ file: 'password', from: `${from}#large` }),
  'half-missing': { ...file(`${from}#password`), 'keyfirst.dev/file.other': `vault://secret/${PATH}/nothing#x` },
};

/** The forms in which a careless program would print a value. */
function forms(value: string): string[] {
  const bytes = Buffer.from(value);
  // A base64 text of something longer holds one of three alignments of the value.
  const aligned = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [value, value.slice(0, 24), JSON.stringify(value).slice(1, -1), bytes.toString('hex'), encodeURIComponent(value), ...aligned];
}

const found = (text: string, value: string) => forms(value).some((form) => text.includes(form));

describe.skipIf(vault === undefined)(`a secret value${vault ? '' : ` (${noVault})`}`, () => {
  const places = new Map<string, string>();

  beforeAll(async () => {
    if (vault === undefined) return;
    await putSecret(vault, PATH, { password: CANARY, quoted: `'${CANARY}`, large: `${CANARY} `.repeat(20_000) });
    const more = { 'keyfirst.dev/size-limit': '256Ki' };
    await create(
      ...namespace(NAMESPACE),
      pod(NAMESPACE, MARKER, file(`${from}#password`), { containers }),
      pod(NAMESPACE, `${MARKER}-variables`, { 'keyfirst.dev/env.PASSWORD': `${from}#password` }, { containers: variables }),
      ...Object.entries(FAILING).map(([name, annotations]) =>
        pod(NAMESPACE, `${MARKER}-${name}`, { ...annotations, ...more }, { containers }),
      ),
    );
    await tryCreate([pod(NAMESPACE, `${MARKER}-refused`, file(from), { containers })]);
    await succeeded(NAMESPACE, MARKER);
    await succeeded(NAMESPACE, `${MARKER}-variables`);
    for (const name of Object.keys(FAILING)) await untilPhase(NAMESPACE, `${MARKER}-${name}`, 'Failed');

    const { items } = await get('pods', '-n', NAMESPACE);
    places.set('pods and their status', JSON.stringify(items));
    places.set('describe output', await kubectl('describe', 'pods', '-n', NAMESPACE));
    places.set('events', JSON.stringify(await get('events', '-A')));
    places.set('log of the webhook', await webhookLogs());
    const logs = (items as Manifest[]).map(({ metadata }) => kubectl('logs', '-n', NAMESPACE, metadata.name, '-c', 'keyfirst-init'));
    places.set('logs of the injector', (await Promise.all(logs)).join(''));
    places.set('webhook objects', JSON.stringify(await get('all,configmaps,secrets', '-n', SYSTEM)));
    places.set('metrics of the webhook', (await Promise.all((await webhookPods()).map(metricsOf))).join('\n'));
    if (cluster.folder === undefined) return;
    const folder = join(cluster.folder, 'log');
    for (const name of readdirSync(folder)) {
      // Vault's own log is Vault's business.
      if (!name.startsWith('vault')) places.set(`log of ${name}`, readFileSync(join(folder, name), 'latin1'));
    }
    const data = join(cluster.folder, 'etcd');
    if (existsSync(data)) places.set('data of etcd', execFileSync('cat', filesBelow(data), { maxBuffer: 2 ** 30 }).toString('latin1'));
  });

  afterAll(() => remove(NAMESPACE));

  it('reaches the app', async () => {
    expect((await seen(NAMESPACE, MARKER)).files.password?.sha256).toBe(sha256(CANARY));
  });

  it.each(['by-file', 'by-exec'])('reaches the app as a variable: %s', async (container) => {
    expect((await toldBy(NAMESPACE, `${MARKER}-variables`, container)).PASSWORD).toBe(sha256(CANARY));
  });

  it('is in no log line, event, patch, status, describe output, metric or stored object', () => {
    expect([...places].filter(([, text]) => found(text, CANARY)).map(([place]) => place)).toEqual([]);
  });

  it('would be found if it were: a marker is, in each of these places', () => {
    const telling = ['pods and their status', 'describe output', 'events', 'log of the webhook', 'logs of the injector'];
    if (cluster.folder !== undefined) telling.push('log of audit', 'log of kubelet', 'data of etcd');
    expect(telling.filter((place) => !found(places.get(place) ?? '', MARKER))).toEqual([]);
    expect(places.get('metrics of the webhook')).toContain('keyfirst_admissions_total');
    if (cluster.folder !== undefined) expect(places.get('log of audit')).toContain('"patch.webhook.admission.k8s.io');
  });

  it.each([
    ['plain', (value: string) => value],
    ['cut off', (value: string) => value.slice(0, 30)],
    ['as JSON', (value: string) => JSON.stringify({ value })],
    ['as base64', (value: string) => Buffer.from(value).toString('base64')],
    ['inside base64', (value: string) => Buffer.from(`password=${value}&x=1`).toString('base64')],
    ['as hex', (value: string) => Buffer.from(value).toString('hex')],
    ['percent-encoded', (value: string) => encodeURIComponent(value)],
  ])('would be found %s', (_form, print) => {
    expect(found(`before ${print(CANARY)} after`, CANARY)).toBe(true);
  });

  it('comes with no token: neither of the pod nor of Vault', () => {
    const ours = ['pods and their status', 'describe output', 'events', 'log of the webhook', 'logs of the injector'];
    const tokens = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}|hv[sb]\.[\w-]{20,}/;
    expect(ours.filter((place) => tokens.test(places.get(place) ?? ''))).toEqual([]);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((item) =>
    item.isFile() ? [join(item.parentPath, item.name)] : [],
  );
}
