import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { secretmanager } from '@googleapis/secretmanager';
import { IdentityPoolClient } from 'google-auth-library';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InjectorConfigText } from '../../src/contract/injector-config.ts';
import { drongoMissing, type Intervene, type SecretManager, startSecretManager } from '../support/drongo.ts';
import { type GoogleSts, startGoogleSts } from '../support/google-sts.ts';
import { startTokenIssuer, type TokenIssuer, type TokenOptions } from '../support/jwt.ts';
import { mentions } from '../support/mentions.ts';
import { startMetadataServer } from '../support/metadata-server.ts';
import { InjectorBox, type InjectorRun } from '../support/vault-injector.ts';
import { IDENTITY } from '../support/vault-login.ts';

const missing = drongoMissing();
const CANARY = 'c4n4ry-$(X)-$$-"quoted"-ünï';
const POOL = 'projects/123/locations/global/workloadIdentityPools/pool';
const PROVIDER = `${POOL}/providers/cluster`;
const AUDIENCE = `//iam.googleapis.com/${PROVIDER}`;
const SUBJECT = 'system:serviceaccount:shop:web';
const POD = `principal://iam.googleapis.com/${POOL}/subject/${SUBJECT}`;
const ACCOUNT = 'shop@shop-project.iam.gserviceaccount.com';
const TOKEN_FILE = '/keyfirst/identity/google';
const ODD = Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a, 0x80, 0x22, 0x27]);
const TEXT = `first\r\n\r\n\u0000 'single' "double" ${CANARY}\n\n`;
const LARGE = Buffer.alloc(65_536, 'ü64KiB\n');

type GcpText = Extract<InjectorConfigText['stores'][string], { provider: 'gcp-sm' }>;

describe.skipIf(missing !== undefined)(
  `injector with Google Secret Manager by drongo${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let issuer: TokenIssuer;
    let sts: GoogleSts;
    let google: SecretManager;
    let fault: Intervene = () => false;
    /** Everything that any run printed. */
    const printed: string[] = [];
    const boxes: InjectorBox[] = [];

    beforeAll(async () => {
      issuer = await startTokenIssuer();
      sts = await startGoogleSts({ provider: PROVIDER, issuer: issuer.issuer, impersonators: { [ACCOUNT]: [POD] } });
      const readers = { 'shop-project': [POD], 'account-project': [`serviceAccount:${ACCOUNT}`] };
      google = await startSecretManager(sts, readers, (...args) => fault(...args));
      await google.add('shop-project', 'db', 'old');
      await google.add('shop-project', 'db', CANARY);
      await google.add('shop-project', 'map', `{"user":"shop","password":${JSON.stringify(CANARY)},"port":5432.10}`);
      await google.add('shop-project', 'odd', ODD);
      await google.add('shop-project', 'text', TEXT);
      await google.add('shop-project', 'large', LARGE);
      await google.add('shop-project', 'europe-west3-db', 'regional');
      await google.add('shop-project', 'off', CANARY);
      await google.change('shop-project', 'off', '1', 'disable');
      await google.add('shop-project', 'gone', CANARY);
      await google.change('shop-project', 'gone', '1', 'destroy');
      await google.add('account-project', 'db', 'as the account');
    });
    afterAll(async () => {
      for (const box of boxes) box[Symbol.dispose]();
      for (const server of [google, sts, issuer]) await server?.[Symbol.asyncDispose]();
    });

    interface Options {
      readonly store?: Partial<GcpText>;
      readonly token?: TokenOptions;
      readonly audience?: string;
      readonly deadline?: number;
      readonly fault?: Intervene;
      readonly env?: Record<string, string>;
      readonly prepare?: (box: InjectorBox) => void;
    }
    async function run(
      files: Readonly<Record<string, string>>,
      options: Options = {},
    ): Promise<InjectorRun & { box: InjectorBox; asked: string[] }> {
      const box = new InjectorBox();
      boxes.push(box);
      writeFileSync(join(box.root, TOKEN_FILE), issuer.token(options.audience ?? AUDIENCE, options.token));
      options.prepare?.(box);
      fault = options.fault ?? (() => false);
      const before = google.asked.length;
      const config: InjectorConfigText = {
        version: 1,
        identity: IDENTITY,
        deadline: options.deadline ?? 20_000,
        messageBytes: 4096,
        stores: {
          'gcp-sm': {
            provider: 'gcp-sm',
            endpoint: google.address,
            stsEndpoint: sts.address,
            federation: { tokenFile: TOKEN_FILE, audience: AUDIENCE, workloadIdentityProvider: PROVIDER },
            ...options.store,
          },
        },
        secrets: Object.entries(files).map(([file, from]) => ({ key: `keyfirst.dev/file.${file}`, file, mode: 0o440, from })),
      };
      const result = await box.run(config, options.env === undefined ? {} : { env: options.env });
      fault = () => false;
      printed.push(result.stdout, result.stderr, result.message);
      expect(result.stderr).toBe('');
      return { ...result, box, asked: google.asked.slice(before) };
    }
    const bytes = (box: InjectorBox, file: string) => box.file(file);

    it('is asked as the official libraries ask, with the same answers', async () => {
      // Proves the doubles: the libraries are unmodified, so what they get here they would get from Google.
      const client = new IdentityPoolClient({
        type: 'external_account',
        audience: AUDIENCE,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${sts.address}/v1/token`,
        service_account_impersonation_url: `${sts.address}/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
        subject_token_supplier: { getSubjectToken: async () => issuer.token(AUDIENCE) },
      });
      const api = secretmanager({ version: 'v1', rootUrl: google.address, auth: client as never });
      const [before, stsBefore] = [google.asked.length, sts.asked.length];
      const { data } = await api.projects.secrets.versions.access({ name: 'projects/account-project/secrets/db/versions/latest' });
      const official = [google.asked.slice(before), sts.asked.slice(stsBefore)];
      const ours = await run({ db: 'gcp-sm://account-project/db' }, { store: { serviceAccount: ACCOUNT } });

      expect(Buffer.from(data.payload?.data ?? '', 'base64').toString()).toBe('as the account');
      expect([ours.exitCode, ours.box.file('db')]).toEqual([0, 'as the account']);
      expect([ours.asked, sts.asked.slice(-2)]).toEqual(official);
    });

    it('delivers values byte for byte, and says each version', async () => {
      const { exitCode, message, box, asked } = await run({
        db: 'gcp-sm://shop-project/db',
        old: 'gcp-sm://shop-project/db/1',
        older: 'gcp-sm://projects/shop-project/secrets/db?version=1',
        same: 'gcp-sm://projects/shop-project/secrets/db/versions/latest',
        text: 'gcp-sm://shop-project/text',
        large: 'gcp-sm://shop-project/large',
        regional: 'gcp-sm://projects/shop-project/locations/europe-west3/secrets/db',
        port: 'gcp-sm://shop-project/map#port',
        password: 'gcp-sm://shop-project/map#password',
      });

      expect([exitCode, message]).toEqual([0, expect.stringContaining('gcp-sm://shop-project/db version 2\n')]);
      expect(message).toContain('gcp-sm://projects/shop-project/secrets/db?version=1 version 1\n');
      expect(['db', 'old', 'older', 'same', 'text', 'regional', 'port', 'password'].map((file) => bytes(box, file))).toEqual([
        CANARY,
        'old',
        'old',
        CANARY,
        TEXT,
        'regional',
        '5432.10',
        CANARY,
      ]);
      expect(bytes(box, 'large') === LARGE.toString()).toBe(true);
      expect(new Set(asked).size).toBe(asked.length);
    });

    it('logs in once, whatever is read', async () => {
      const before = sts.asked.length;
      await run({ a: 'gcp-sm://shop-project/db', b: 'gcp-sm://shop-project/text' });

      expect(sts.asked.slice(before)).toEqual(['/v1/token']);
    });

    describe('identity', () => {
      it('is the federated pod, or the service account it acts as', async () => {
        const refused = await run({ db: 'gcp-sm://account-project/db' });
        const acting = await run({ db: 'gcp-sm://account-project/db' }, { store: { serviceAccount: ACCOUNT } });

        expect([refused.exitCode, refused.message]).toEqual([77, expect.stringContaining(`--member="${POD}"`)]);
        expect(refused.message).toContain('roles/secretmanager.secretAccessor');
        expect([acting.exitCode, acting.box.file('db')]).toEqual([0, 'as the account']);
      });

      it.each<[string, Options, string, string]>([
        ['another cluster', { token: { issuer: 'https://other.test' } }, 'The issuer https://other.test is not trusted', AUDIENCE],
        ['a forged token', { token: { forged: true } }, 'The signature is not valid', SUBJECT],
        ['another audience', { audience: 'vault' }, 'The audience vault is not', 'this audience among the allowed ones'],
        ['an expired token', { token: { life: -60 } }, 'has expired', 'issuer-uri'],
        [
          'another provider',
          { store: { federation: { tokenFile: TOKEN_FILE, workloadIdentityProvider: `${POOL}/providers/none` } } },
          '"audience" parameters is invalid',
          `gcloud iam workload-identity-pools providers describe ${POOL}/providers/none`,
        ],
        [
          'a service account that does not trust the pod',
          { store: { serviceAccount: 'x@p.iam.gserviceaccount.com' } },
          'may not act as x@p.iam.gserviceaccount.com',
          `roles/iam.workloadIdentityUser --member="${POD}"`,
        ],
        ['another service account of the cluster', { token: { serviceAccount: 'other' } }, 'is not allowed', POD],
      ])('%s is refused at once, with a way out', async (_what, options, text, remedy) => {
        const { exitCode, message, stdout } = await run({ db: 'gcp-sm://shop-project/db' }, options);

        expect([exitCode, message]).toEqual([77, expect.stringContaining(text)]);
        expect(message).toContain(remedy);
        expect(message).toContain(`, subject ${SUBJECT}, audience `);
        expect([mentions(message, SUBJECT), mentions(message, '//iam.googleapis.com/')]).toEqual([1, 1]);
        expect(stdout).not.toContain('trying again');
      });

      it("waits for GKE's metadata server, which a new pod finds absent", async () => {
        await using metadata = await startMetadataServer(sts, POD, { absent: 1500 });
        const { exitCode, box, stdout } = await run(
          { db: 'gcp-sm://shop-project/db' },
          { store: { federation: undefined }, env: { GCE_METADATA_HOST: metadata.host } },
        );

        expect([exitCode, box.file('db')]).toEqual([0, CANARY]);
        expect(stdout).toContain('ECONNREFUSED');
        expect(metadata.asked).toEqual(['/computeMetadata/v1/instance/service-accounts/default/token']);
      });

      it.each<[string, string, string, number]>([
        ['does not trade the account it has for itself', `serviceAccount:${ACCOUNT}`, ACCOUNT, 0],
        ["trades the pool's identity for the account", POD, 'shop-project.svc.id.goog', 1],
      ])('of the metadata server: %s', async (_what, member, email, trades) => {
        await using metadata = await startMetadataServer(sts, member, { absent: 0, email });
        const before = sts.asked.length;
        const { exitCode, box } = await run(
          { db: 'gcp-sm://account-project/db' },
          { store: { federation: undefined, serviceAccount: ACCOUNT }, env: { GCE_METADATA_HOST: metadata.host } },
        );

        expect([exitCode, box.file('db'), sts.asked.length - before]).toEqual([0, 'as the account', trades]);
      });

      it.each([
        [404, 77, 'gives this pod no identity'],
        [503, 75, 'asks to try later'],
      ])('of a metadata server that answers %i', async (status, expected, text) => {
        await using metadata = await startMetadataServer(sts, POD, { absent: 0, status });
        const { exitCode, message } = await run(
          { db: 'gcp-sm://shop-project/db' },
          { store: { federation: undefined }, env: { GCE_METADATA_HOST: metadata.host }, deadline: 2500 },
        );

        expect([exitCode, message]).toEqual([expected, expect.stringContaining(text)]);
      });

      it('is said to be missing outside GKE', async () => {
        const { exitCode, message } = await run(
          { db: 'gcp-sm://shop-project/db' },
          { store: { federation: undefined }, env: { GCE_METADATA_HOST: '127.0.0.1:1' }, deadline: 2500 },
        );

        expect([exitCode, message]).toEqual([75, expect.stringContaining('Outside GKE set `workload-identity-provider`')]);
      });
    });

    it.each<[string, string, number, string]>([
      ['a secret that is not there', 'shop-project/none', 66, 'gcloud secrets versions list none --project=shop-project'],
      ['a version that is not there', 'shop-project/db/99', 66, 'no version 99'],
      ['a disabled version', 'shop-project/off/1', 66, 'gcloud secrets versions enable 1 --secret=off --project=shop-project'],
      ['a destroyed version', 'shop-project/gone/1', 66, 'is destroyed'],
      ['a project that lets nobody in', 'other-project/db', 77, 'roles/secretmanager.secretAccessor'],
      ['a path that is none', 'shop-project', 78, 'no name of a secret'],
    ])('names the way out for %s', async (_what, path, expected, text) => {
      const { exitCode, message, box } = await run({ good: 'gcp-sm://shop-project/db', bad: `gcp-sm://${path}` });

      expect([exitCode, message, box.file('good')]).toEqual([expected, expect.stringContaining(text), undefined]);
    });

    describe('in trouble', () => {
      const once = (intervene: Intervene): Intervene => {
        let done = false;
        return (...args) => {
          if (done) return false;
          done = true;
          return intervene(...args);
        };
      };

      it.each<[string, Intervene]>([
        ['a reset', (_request, response) => !!response.destroy()],
        ['429 with Retry-After', (_request, response) => !!response.writeHead(429, { 'retry-after': '1' }).end('{}')],
        ['429 without', (_request, response) => !!response.writeHead(429).end()],
        ['500', (_request, response) => !!response.writeHead(500, { 'content-type': 'text/html' }).end('<html>')],
        [
          '503 of Google',
          (_request, response) =>
            !!response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"status":"UNAVAILABLE"}}'),
        ],
        [
          'half an answer',
          (_request, response) =>
            response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' }).write('{"name":') &&
            !!response.destroy(),
        ],
        ['broken JSON', (_request, response) => !!response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":')],
        [
          'a changed payload',
          (_request, response) =>
            !!response.writeHead(200, { 'content-type': 'application/json' }).end('{"payload":{"data":"eHh4","dataCrc32c":"1"}}'),
        ],
      ])('heals after %s', async (_what, intervene) => {
        const { exitCode, box, stdout, asked } = await run({ db: 'gcp-sm://shop-project/db' }, { fault: once(intervene) });

        expect([exitCode, box.file('db'), asked.length]).toEqual([0, CANARY, 2]);
        expect(stdout).toContain('trying again');
      });

      it.each<[string, number, Intervene, string]>([
        [
          'a login page',
          76,
          (_request, response) => !!response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
          'content type text/html',
        ],
        [
          'a redirect',
          76,
          (_request, response) => !!response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
          'not one of its own',
        ],
        [
          '9 MiB',
          76,
          (_request, response) =>
            !!response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.alloc(9 * 1024 * 1024, 0x20)),
          'larger than 8 MiB',
        ],
        [
          '429 for ever',
          75,
          (_request, response) => !!response.writeHead(429, { 'retry-after': '60' }).end(),
          'not read within the deadline',
        ],
        [
          'a slow drip',
          75,
          (_request, response) => {
            response.writeHead(200, { 'content-type': 'application/json' });
            const timer = setInterval(() => response.write(' '), 50);
            response.on('close', () => clearInterval(timer));
            return true;
          },
          'not read within the deadline',
        ],
      ])('fails in time on %s', async (_what, expected, intervene, text) => {
        const { exitCode, message, box, stdout } = await run({ db: 'gcp-sm://shop-project/db' }, { fault: intervene, deadline: 3000 });

        expect([exitCode, message, box.file('db')]).toEqual([expected, expect.stringContaining(text), undefined]);
        // From the first line of the log, so that a slow start of the process does not count.
        const times = stdout
          .trim()
          .split('\n')
          .map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
        expect(Math.max(...times) - Math.min(...times)).toBeLessThan(4000);
      });
    });

    it.each<[string, boolean, number, string]>([
      ['delivers with the CA', true, 0, 'version 2'],
      ['refuses without it', false, 76, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ])('over TLS with a private CA: %s', async (_what, trusted, expected, text) => {
      const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
        algorithm: 'sha256',
        keyType: 'ec',
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
      });
      const server = createServer({ cert, key }, (request, response) => void pass(request, response));
      const pass = async (request: IncomingMessage, response: ServerResponse) => {
        const answer = await fetch(google.address + (request.url ?? ''), {
          headers: { authorization: request.headers.authorization ?? '' },
        });
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
      };
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const { exitCode, message } = await run(
        { db: 'gcp-sm://shop-project/db' },
        {
          store: { endpoint: `https://localhost:${port}`, ...(trusted ? { caDirectory: '/keyfirst/ca/google' } : {}) },
          prepare(box) {
            mkdirSync(join(box.root, 'keyfirst/ca/google'), { recursive: true });
            writeFileSync(join(box.root, 'keyfirst/ca/google/ca.crt'), cert);
          },
        },
      );
      server.closeAllConnections();
      server.close();

      expect([exitCode, message]).toEqual([expected, expect.stringContaining(text)]);
    });

    it('takes nothing from the environment that is meant for other clients of Google', async () => {
      const env = {
        GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json',
        GOOGLE_CLOUD_PROJECT: 'other-project',
        GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'other.test',
        HTTPS_PROXY: 'http://127.0.0.1:1',
        HTTP_PROXY: 'http://127.0.0.1:1',
      };
      const { exitCode, box } = await run({ db: 'gcp-sm://shop-project/db' }, { env });

      expect([exitCode, box.file('db')]).toEqual([0, CANARY]);
    });

    // The last test: it looks at what all others printed.
    it('never printed a value, a token or a login', () => {
      const text = printed.join('\n');

      expect(printed.length).toBeGreaterThan(50);
      for (const form of [
        CANARY,
        JSON.stringify(CANARY).slice(1, -1),
        Buffer.from(CANARY).toString('base64').slice(0, 20),
        'c4n4ry',
        'ya29.',
        'eyJ',
      ]) {
        expect(text).not.toContain(form);
      }
    });
  },
);
