import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InjectorConfigText } from '../../src/contract/injector-config.ts';
import { startTokenIssuer, type TokenIssuer, type TokenOptions } from '../support/jwt.ts';
import { mentions } from '../support/mentions.ts';
import { type PulumiDouble, type PulumiSetup, startPulumi } from '../support/pulumi.ts';
import { InjectorBox, type InjectorRun } from '../support/vault-injector.ts';
import { IDENTITY } from '../support/vault-login.ts';

const CANARY = 'c4n4ry-$(X)-$$-"quoted"-ünï\r\n\n';
const AUDIENCE = 'urn:pulumi:org:acme';
const SUBJECT = 'system:serviceaccount:shop:web';
const TOKEN_FILE = '/keyfirst/identity/pulumi';

type PulumiText = Extract<InjectorConfigText['stores'][string], { provider: 'pulumi-esc' }>;
type Intervene = NonNullable<PulumiSetup['intervene']>;

/** Wrapped as Pulumi wraps it; `json` is JSON text, so that numbers keep their digits. */
const wrap = (json: string, secret = false) =>
  `{"value":${json}${secret ? ',"secret":true' : ''},"trace":{"def":{"environment":"prod","begin":{"line":1,"column":1,"byte":0}}}}`;
const PROD = `{"db":${wrap(`{"user":${wrap('"shop"')},"password":${wrap(JSON.stringify(CANARY), true)},"port":${wrap('5432.10')},"id":${wrap('12345678901234567890')}}`)},"hosts":${wrap(`[${wrap('"a"')},${wrap('"b"')}]`)},"on":${wrap('true')}}`;

describe('injector with Pulumi ESC', () => {
  let issuer: TokenIssuer;
  let pulumi: PulumiDouble;
  let fault: Intervene = () => false;
  /** Everything that any run printed. */
  const printed: string[] = [];
  const boxes: InjectorBox[] = [];

  beforeAll(async () => {
    issuer = await startTokenIssuer();
    pulumi = await startPulumi({
      organization: 'acme',
      issuers: [{ issuer: issuer.issuer }],
      allow: [{ sub: SUBJECT }],
      environments: {
        'acme/shop/prod': [`{"db":${wrap(`{"password":${wrap('"old"')}}`)}}`, PROD],
        'acme/shop/closed': ['{}'],
        'acme/shop/broken': ['{}'],
        'other/shop/prod': ['{}'],
      },
      closed: ['acme/shop/closed'],
      broken: ['acme/shop/broken'],
      intervene: (...args) => fault(...args),
    });
  });
  afterAll(async () => {
    for (const box of boxes) box[Symbol.dispose]();
    for (const server of [pulumi, issuer]) await server?.[Symbol.asyncDispose]();
  });

  interface Options {
    readonly store?: Partial<PulumiText>;
    readonly token?: TokenOptions;
    readonly audience?: string;
    readonly deadline?: number;
    readonly fault?: Intervene;
  }
  async function run(
    files: Readonly<Record<string, string>>,
    options: Options = {},
  ): Promise<InjectorRun & { box: InjectorBox; asked: string[] }> {
    const box = new InjectorBox();
    boxes.push(box);
    writeFileSync(join(box.root, TOKEN_FILE), issuer.token(options.audience ?? AUDIENCE, options.token));
    fault = options.fault ?? (() => false);
    const before = pulumi.asked.length;
    const result = await box.run({
      version: 1,
      identity: IDENTITY,
      deadline: options.deadline ?? 20_000,
      messageBytes: 4096,
      stores: {
        'pulumi-esc': {
          provider: 'pulumi-esc',
          endpoint: pulumi.address,
          organization: 'acme',
          tokenFile: TOKEN_FILE,
          audience: AUDIENCE,
          ...options.store,
        },
      },
      secrets: Object.entries(files).map(([file, from]) => ({ key: `keyfirst.dev/file.${file}`, file, mode: 0o440, from })),
    });
    fault = () => false;
    printed.push(result.stdout, result.stderr, result.message);
    expect(result.stderr).toBe('');
    return { ...result, box, asked: pulumi.asked.slice(before) };
  }

  it('delivers the values of an environment, opened once', async () => {
    const { exitCode, message, box, asked } = await run({
      'all.json': 'pulumi-esc://acme/shop/prod',
      password: 'pulumi-esc://acme/shop/prod#db.password',
      port: 'pulumi-esc://acme/shop/prod#db.port',
      host: 'pulumi-esc://acme/shop/prod#hosts[1]',
    });

    expect([exitCode, message]).toEqual([0, expect.stringContaining('pulumi-esc://acme/shop/prod#db.password')]);
    expect(JSON.parse(box.file('all.json') ?? '')).toMatchObject({ db: { user: 'shop', password: CANARY }, hosts: ['a', 'b'], on: true });
    expect(box.file('all.json')).toMatch(/5432\.10/);
    expect(box.file('all.json')).toMatch(/12345678901234567890/);
    expect([box.file('password'), box.file('port'), box.file('host')]).toEqual([CANARY, '5432.10', 'b']);
    expect(asked).toEqual([
      'POST /api/oauth/token',
      'POST /api/esc/environments/acme/shop/prod/open?duration=15m',
      expect.stringMatching(/^GET \/api\/esc\/environments\/acme\/shop\/prod\/open\/[0-9a-f]+$/),
    ]);
  });

  it('takes a revision in either spelling, and says it', async () => {
    const { exitCode, message, box, asked } = await run({
      a: 'pulumi-esc://acme/shop/prod@1#db.password',
      b: 'pulumi-esc://acme/shop/prod?version=1#db.password',
      c: 'pulumi-esc://acme/shop/prod@latest#db.password',
    });

    expect([exitCode, box.file('a'), box.file('b'), box.file('c')]).toEqual([0, 'old', 'old', CANARY]);
    expect(message).toContain('pulumi-esc://acme/shop/prod@1#db.password version 1\n');
    expect(asked.filter((line) => line.includes('versions/1/open'))).toHaveLength(1);
  });

  it.each<[string, Options, string]>([
    ['another cluster', { token: { issuer: 'https://other.test' } }, 'The issuer https://other.test is not trusted'],
    ['a forged token', { token: { forged: true } }, 'The signature is not valid'],
    ['another audience', { audience: 'vault' }, 'The audience vault is not'],
    ['an expired token', { token: { life: -60 } }, 'has expired'],
    ['a service account without a policy', { token: { serviceAccount: 'other' } }, 'no policy allows'],
    ['another organization', { store: { organization: 'none' } }, 'invalid audience'],
  ])('%s is refused at once, with a way out', async (_what, options, text) => {
    const { exitCode, message, stdout } = await run({ 'a.json': 'pulumi-esc://acme/shop/prod' }, options);

    expect([exitCode, message]).toEqual([77, expect.stringContaining(text)]);
    expect(message).toContain(`, subject ${SUBJECT}, audience ${AUDIENCE}. `);
    expect([mentions(message, SUBJECT), mentions(message, AUDIENCE)]).toEqual([1, 1]);
    expect(message).toContain('rules for `aud` and `sub` with this audience and this subject');
    expect(stdout).not.toContain('trying again');
  });

  it.each<[string, string, number, string]>([
    ['an environment that is not there', 'acme/shop/none', 66, 'esc env get acme/shop/none'],
    ['a revision that is not there', 'acme/shop/prod@9', 66, 'revision 9 not found'],
    ['another organization', 'other/shop/prod', 66, "The store's `organization` is acme, not other."],
    ['an environment that is closed to the pod', 'acme/shop/closed', 77, 'environment:open'],
    ['a broken definition', 'acme/shop/broken', 78, 'unknown property "shared.db"'],
    ['a path that is none', 'acme/shop', 78, 'no name of an environment'],
  ])('names the way out for %s', async (_what, path, expected, text) => {
    const { exitCode, message, box } = await run({ good: 'pulumi-esc://acme/shop/prod#db.user', 'bad.json': `pulumi-esc://${path}` });

    expect([exitCode, message, box.file('good')]).toEqual([expected, expect.stringContaining(text), undefined]);
  });

  describe('in trouble', () => {
    const OPEN = '/api/esc/environments/acme/shop/prod/open?duration=15m';
    const on = (match: (path: string) => boolean, intervene: Intervene): Intervene => {
      let done = false;
      return (request, response, count) => {
        if (done || !match(request.url ?? '')) return false;
        done = true;
        return intervene(request, response, count);
      };
    };
    const login = (path: string) => path === '/api/oauth/token';
    const open = (path: string) => path === OPEN;
    const read = (path: string) => path.includes('/open/');

    it.each<[string, (path: string) => boolean, Intervene]>([
      ['a reset at login', login, (_request, response) => !!response.destroy()],
      ['502 at login', login, (_request, response) => !!response.writeHead(502, { 'content-type': 'text/html' }).end('<html>')],
      ['429 when opening', open, (_request, response) => !!response.writeHead(429, { 'retry-after': '1' }).end('{}')],
      ['500 when opening', open, (_request, response) => !!response.writeHead(500).end()],
      ['a reset when reading', read, (_request, response) => !!response.destroy()],
      [
        'half an answer',
        read,
        (_request, response) => !!response.writeHead(200, { 'content-type': 'application/json' }).end('{"properties":{"db":'),
      ],
    ])('heals after %s', async (_what, match, intervene) => {
      const { exitCode, box, stdout } = await run({ a: 'pulumi-esc://acme/shop/prod#db.user' }, { fault: on(match, intervene) });

      expect([exitCode, box.file('a')]).toEqual([0, 'shop']);
      expect(stdout).toContain('trying again');
    });

    it.each<[string, Intervene, number, string]>([
      [
        'a login page',
        (_request, response) => !!response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
        76,
        'content type text/html',
      ],
      [
        'an answer without a session',
        (_request, response) => !!response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
        76,
        'without a session',
      ],
      [
        'a session that is a path',
        (_request, response) => !!response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"../../x"}'),
        76,
        'without a session',
      ],
    ])('fails at once on %s', async (_what, intervene, expected, text) => {
      const { exitCode, message, stdout } = await run({ a: 'pulumi-esc://acme/shop/prod#db.user' }, { fault: on(open, intervene) });

      expect([exitCode, message]).toEqual([expected, expect.stringContaining(text)]);
      expect(stdout).not.toContain('trying again');
    });
  });

  it.each([1, 5])('delivers a value of %i MB', async (size) => {
    const large = 'ü64 KiB many times\r\n'.repeat((size * 1_000_000) / 21);
    const { exitCode, box } = await run(
      { large: 'pulumi-esc://acme/shop/prod#large' },
      {
        fault(request, response) {
          if (request.url?.includes('/open/') !== true) return false;
          response.writeHead(200, { 'content-type': 'application/json' }).end(`{"properties":{"large":${wrap(JSON.stringify(large))}}}`);
          return true;
        },
      },
    );

    expect(exitCode).toBe(0);
    expect(box.file('large') === large).toBe(true);
  });

  // The last test: it looks at what all others printed.
  it('never printed a value, a token or a login', () => {
    const text = printed.join('\n');

    expect(printed.length).toBeGreaterThan(50);
    for (const form of ['c4n4ry', Buffer.from(CANARY).toString('base64').slice(0, 20), 'pul-', 'eyJ']) expect(text).not.toContain(form);
  });
});
