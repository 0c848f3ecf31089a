import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../injector/providers/exact-json.ts';
import type { Store } from '../../../injector/providers/provider.ts';
import { ProviderError, type ProviderErrorCode } from '../../../injector/providers/provider-error.ts';
import { type JsonObject, toValue } from '../../../injector/providers/value.ts';
// Loaded here, so that the virtual clock does not run on while they are loaded for the first time.
import '../../../injector/render/template/index.ts';
import '../../../injector/render/variables/index.ts';
import { type RunDeps, run } from '../../../injector/run.ts';
import { Redacted } from '../../../src/common/redacted.ts';
import { encodeInjectorConfig, type InjectorConfigText } from '../../../src/contract/injector-config.ts';
import { VirtualClock } from './virtual-clock.ts';

const CANARY = 'c4n4ry-value';

let root: string;
let lines: string[];
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'keyfirst-run-'));
  fs.mkdirSync(join(root, 'keyfirst/secrets'), { recursive: true });
  lines = [];
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

type Entry = Partial<InjectorConfigText['secrets'][number]> & { from: InjectorConfigText['secrets'][number]['from'] };
const configOf = (entries: Record<string, Entry | string>): InjectorConfigText => ({
  version: 1,
  identity: { namespace: 'shop', serviceAccount: 'web' },
  deadline: 30_000,
  messageBytes: 4096,
  stores: { dev: { provider: 'dev', file: '/unused' } },
  secrets: Object.entries(entries).map(([file, entry]) => ({
    key: `keyfirst.dev/file.${file}`,
    file,
    mode: 0o440,
    ...(typeof entry === 'string' ? { from: entry } : entry),
  })),
});

const SECRETS: JsonObject = { db: { user: 'app-user', password: CANARY, empty: '' }, text: CANARY };
const failingWith = (code: ProviderErrorCode, status?: number) =>
  new ProviderError(code, `problem ${code}`, { status, remedy: `Mend ${code}.` });

/** A store whose paths `fail-<code>` fail, `sealed` never heals, `bug` throws what nobody foresaw and the rest is in SECRETS. */
const store: Store = {
  identity: 'service account shop/web',
  place: 'the store',
  connect: async () => undefined,
  async read(path) {
    if (path.startsWith('fail-')) throw failingWith(path.slice('fail-'.length) as ProviderErrorCode, 499);
    if (path === 'bug') throw new TypeError(`cannot read ${CANARY}`);
    if (path === 'hang') return new Promise(() => undefined);
    const found = SECRETS[path];
    if (found === undefined || found === null) throw failingWith('not-found', 404);
    return { value: new Redacted(toValue(found)), version: path === 'db' ? '3' : undefined, expiresIn: path === 'text' ? 60 : undefined };
  },
};

async function runWith(entries: Record<string, Entry | string>, more: Partial<RunDeps> = {}, config = configOf(entries)) {
  const clock = new VirtualClock();
  const outcome = await clock.until(
    run(encodeInjectorConfig(config), {
      root,
      open: async () => store,
      fs,
      clock,
      random: () => 0.5,
      stopped: new AbortController().signal,
      writeLine: (line) => lines.push(line),
      wrapper: () => Buffer.from('the wrapper'),
      ...more,
    }),
  );
  return { ...outcome, now: clock.now() };
}

const written = () => fs.readdirSync(join(root, 'keyfirst/secrets')).filter((name) => !name.startsWith('..'));
const content = (name: string) => fs.readFileSync(join(root, 'keyfirst/secrets', name), 'utf8');

describe('run', () => {
  it('delivers every file and says which version', async () => {
    const outcome = await runWith({ 'db.json': 'dev://db', user: 'dev://db#user', 'a/text': 'dev://text' });

    expect(outcome).toMatchObject({
      exitCode: 0,
      message: 'Keyfirst delivered 3 files.\ndev://db version 3\ndev://db#user version 3\ndev://text valid for 60 s, not renewed',
    });
    expect([content('db.json'), content('user'), content('a/text')]).toEqual([
      `{"user":"app-user","password":"${CANARY}","empty":""}`,
      'app-user',
      CANARY,
    ]);
  });

  it('warns once that nothing renews a lease, and only of what is leased', async () => {
    await runWith({ user: 'dev://db#user', a: 'dev://text', b: 'dev://text' });

    const warnings = lines.map((line) => parseExactJson(line)).filter((line) => (line as { level: string }).level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings[0])).toContain(
      '"msg":"nothing renews these credentials","store":"dev","reference":"dev://text","validFor":60,',
    );
  });

  it('writes nothing when one entry fails and tells all failures', async () => {
    const outcome = await runWith({ good: 'dev://text', a: 'dev://none', b: 'dev://db#nope', c: 'dev://fail-denied', d: 'dev://db' });

    expect(outcome.exitCode).toBe(77);
    expect(written()).toEqual([]);
    expect(outcome.message.split('\n')).toEqual([
      'Keyfirst delivered no secrets: 4 problems.',
      'keyfirst.dev/file.c: dev://fail-denied: problem denied (HTTP 499). Asked as service account shop/web. Mend denied.',
      'keyfirst.dev/file.a: dev://none: problem not-found (HTTP 404). Asked as service account shop/web. Mend not-found.',
      expect.stringContaining('keyfirst.dev/file.b: dev://db#nope: the secret has no property `nope`; it has `user`, `password`, `empty`.'),
      expect.stringContaining('keyfirst.dev/file.d: dev://db: the secret is a map'),
    ]);
  });

  it.each<[ProviderErrorCode, number]>([
    ['not-found', 66],
    ['denied', 77],
    ['login-refused', 77],
    ['untrusted', 76],
    ['protocol', 76],
    ['invalid', 78],
    ['throttled', 75],
    ['unreachable', 75],
    ['unavailable', 75],
  ])('ends after %s with %i', async (code, exitCode) => {
    expect(await runWith({ a: `dev://fail-${code}` })).toMatchObject({ exitCode });
  });

  // Forgiven is absence only.
  it.each<[string, number, string[]]>([
    ['dev://none', 0, ['good']],
    ['dev://db#nope', 0, ['good']],
    ['dev://db#empty', 0, ['a', 'good']],
    ['dev://fail-denied', 77, []],
    ['dev://fail-unavailable', 75, []],
    ['dev://fail-login-refused', 77, []],
    ['dev://text#property-of-text', 65, []],
  ])('treats the optional %s with %i', async (from, exitCode, files) => {
    const outcome = await runWith({ a: { from, optional: true }, good: 'dev://text' });

    expect(outcome.exitCode).toBe(exitCode);
    expect(written().sort()).toEqual(files);
  });

  it('says on success what was left out', async () => {
    expect((await runWith({ a: { from: 'dev://none', optional: true } })).message).toBe(
      'Keyfirst delivered 0 files.\ndev://none not there, left out (optional)',
    );
  });

  it('keeps the deadline to the second and says what it was waiting for', async () => {
    const outcome = await runWith({ a: 'dev://fail-unavailable', b: 'dev://hang' });

    expect(outcome.exitCode).toBe(75);
    expect(outcome.now).toBeLessThanOrEqual(31_000);
    expect(outcome.message).toContain('not read within the deadline of 30s; last: no answer from the store');
  });

  it('stops at once when asked to', async () => {
    const stopped = new AbortController();
    const result = runWith({ a: 'dev://hang' }, { stopped: stopped.signal });
    stopped.abort();

    expect(await result).toMatchObject({ exitCode: 75, now: 0, message: expect.stringContaining('stopped from outside') });
  });

  it('names size-limit when the volume is full', async () => {
    const full = {
      ...fs,
      writeFileSync: () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
    };

    const outcome = await runWith({ a: 'dev://text' }, { fs: full });

    expect(outcome).toMatchObject({ exitCode: 74, message: expect.stringContaining('keyfirst.dev/size-limit') });
  });

  it('names the error when the volume cannot be written', async () => {
    fs.rmSync(join(root, 'keyfirst'), { recursive: true });

    expect(await runWith({ a: 'dev://text' })).toMatchObject({
      exitCode: 74,
      message: expect.stringContaining('cannot be written (ENOENT)'),
    });
  });

  it('never prints the message of an unforeseen error', async () => {
    const outcome = await runWith({ a: 'dev://bug' });

    expect(outcome).toMatchObject({ exitCode: 70, message: expect.stringMatching(/unexpected TypeError at .*run\.test\.ts:\d+/) });
    expect(outcome.message + lines.join('')).not.toContain(CANARY);
  });

  it('scrubs a value that a store repeats in its refusal', async () => {
    const chatty: Store = {
      ...store,
      async read(path, parameters, signal) {
        if (path !== 'chatty') return store.read(path, parameters, signal);
        for (let turn = 0; turn < 50; turn++) await Promise.resolve();
        throw new ProviderError('denied', `no, ${CANARY}!`, { remedy: `not ${CANARY}` });
      },
    };

    const outcome = await runWith({ a: 'dev://text', b: 'dev://chatty' }, { open: async () => chatty });

    expect(outcome.message).toContain('no, [redacted]!');
    expect(outcome.message + lines.join('')).not.toContain(CANARY);
  });

  it.each<[string, string | undefined, RegExp]>([
    ['missing', undefined, /it is not set/],
    ['no JSON', '{', /not valid JSON/],
    ['of another version', '{"version":2}', /version/],
    ['with unknown keys', JSON.stringify({ ...configOf({}), x: 1 }), /KEYFIRST_CONFIG cannot be used/],
  ])('refuses a configuration that is %s', async (_what, text, expected) => {
    const clock = new VirtualClock();
    const deps = {
      root,
      open: async () => store,
      fs,
      clock,
      random: Math.random,
      stopped: new AbortController().signal,
      writeLine: () => undefined,
      wrapper: () => new Uint8Array(),
    };

    expect(await run(text, deps)).toMatchObject({ exitCode: 78, message: expect.stringMatching(expected) });
  });

  it('checks paths again, whatever the webhook said', async () => {
    const outcome = await runWith({ '../../etc/passwd': 'dev://text' });

    expect(outcome).toMatchObject({ exitCode: 78 });
    expect(fs.existsSync(join(root, 'etc/passwd'))).toBe(false);
  });

  it('delivers one entry from several sources, each read once', async () => {
    const reads: string[] = [];
    const counting: Store = {
      ...store,
      async read(path, parameters, signal) {
        reads.push(path);
        return store.read(path, parameters, signal);
      },
    };

    const outcome = await runWith(
      {
        'app.env': { from: { USER: 'dev://db#user', PASSWORD: 'dev://db#password', TEXT: 'dev://text' } },
        url: { from: { db: 'dev://db', t: 'dev://text' }, template: '<< db.user >>:<< t >>' },
      },
      { open: async () => counting },
    );

    expect(outcome).toMatchObject({
      exitCode: 0,
      message:
        'Keyfirst delivered 2 files.\ndev://db#user version 3\ndev://db#password version 3\ndev://text valid for 60 s, not renewed\ndev://db version 3',
    });
    expect([content('app.env'), content('url')]).toEqual([`USER=app-user\nPASSWORD=${CANARY}\nTEXT=${CANARY}\n`, `app-user:${CANARY}`]);
    expect(reads.sort()).toEqual(['db', 'text']);
  });

  it('tells every failure of an entry with its own reference', async () => {
    const outcome = await runWith({
      'a.json': { from: { x: 'dev://fail-denied', y: 'dev://none', z: 'dev://text' } },
      'b.json': { from: { x: 'dev://db#nope', y: 'dev://db#empty' } },
    });

    expect(outcome.exitCode).toBe(77);
    expect(outcome.message.split('\n')).toEqual([
      'Keyfirst delivered no secrets: 4 problems.',
      expect.stringContaining('keyfirst.dev/file.a.json: dev://fail-denied: problem denied'),
      expect.stringContaining('keyfirst.dev/file.a.json: dev://none: problem not-found'),
      expect.stringContaining('keyfirst.dev/file.b.json: dev://db#nope: the secret has no property `nope`'),
      expect.stringContaining('keyfirst.dev/file.b.json: dev://db#empty: the value is empty'),
    ]);
    expect(written()).toEqual([]);
  });

  it('names all references of a problem of the whole entry', async () => {
    expect((await runWith({ a: { from: { x: 'dev://db', y: 'dev://text' } } })).message).toContain(
      'keyfirst.dev/file.a: dev://db, dev://text: the secret is a map',
    );
  });

  it('leaves an optional entry out when one of its sources does not exist', async () => {
    const outcome = await runWith({ 'a.json': { from: { x: 'dev://none', y: 'dev://text' }, optional: true }, good: 'dev://text' });

    expect(outcome).toMatchObject({
      exitCode: 0,
      message: expect.stringContaining('dev://none, dev://text not there, left out (optional)'),
    });
    expect(written()).toEqual(['good']);
  });

  it('stops the retries of others once an entry cannot be rendered', async () => {
    const outcome = await runWith({ a: 'dev://db#nope', b: 'dev://fail-unavailable' });

    expect(outcome.exitCode).toBe(65);
    expect(outcome.now).toBeLessThan(5_000);
  });

  it('delivers views', async () => {
    await runWith({ a: { from: 'dev://text', views: ['view-1', 'view-2'] }, b: { from: 'dev://db#user', views: ['view-2'] } });

    expect(written().sort()).toEqual(['view-1', 'view-2']);
    expect([content('view-1/a'), content('view-2/a'), content('view-2/b')]).toEqual([CANARY, CANARY, 'app-user']);
  });

  it('scrubs also what it decoded from base64 itself', async () => {
    const chatty: Store = {
      ...store,
      async read(path, parameters, signal) {
        if (path === 'encoded') return { value: new Redacted(toValue(Buffer.from(CANARY).toString('base64'))) };
        return store.read(path, parameters, signal);
      },
    };
    const outcome = await runWith({ a: { from: 'dev://encoded', format: 'base64-decode' } }, { open: async () => chatty });

    expect(outcome.exitCode).toBe(0);
    expect(content('a')).toBe(CANARY);
    expect(lines.join('')).not.toContain(CANARY);
  });

  describe('with variables', () => {
    type Variables = NonNullable<InjectorConfigText['variables']>;
    const runVariables = (
      variables: Variables,
      entries: Parameters<typeof configOf>[0] = {},
      more: Partial<RunDeps> = {},
      copyWrapper = true,
    ) => {
      const config = { ...configOf(entries), variables, copyWrapper };
      return runWith(entries, more, config);
    };
    const variable = (name: string, from: string, how: Partial<Variables[number]> = { suffix: '', lists: [''] }): Variables[number] => ({
      key: `keyfirst.dev/env.${name}`,
      from,
      name,
      mode: 0o440,
      ...how,
    });
    const inEnv = (name: string) => fs.readFileSync(join(root, 'keyfirst/env', name), 'utf8');
    beforeEach(() => fs.mkdirSync(join(root, 'keyfirst/env')));

    it('delivers them in both ways, beside files, from one read an object', async () => {
      const reads: string[] = [];
      const counting: Store = {
        ...store,
        async read(path, parameters, signal) {
          reads.push(path);
          return store.read(path, parameters, signal);
        },
      };

      const outcome = await runVariables(
        [
          variable('A', 'dev://text'),
          variable('U', 'dev://db#user'),
          variable('O', 'dev://none', { suffix: '', lists: [''], optional: true }),
        ],
        { 'db.json': 'dev://db' },
        { open: async () => counting },
      );

      expect(outcome).toMatchObject({
        exitCode: 0,
        message:
          'Keyfirst delivered 1 file and 2 variables.\ndev://db version 3\ndev://text valid for 60 s, not renewed\ndev://db#user version 3\ndev://none not there, left out (optional)',
      });
      expect(reads.sort()).toEqual(['db', 'none', 'text']);
      expect(['A', 'U', 'KEYFIRST_CHECK'].map(inEnv)).toEqual([`A='${CANARY}'\n`, "U='app-user'\n", "KEYFIRST_CHECK='1'\n"]);
      expect(inEnv('O')).toMatch(/^#.*\n$/);
      expect([content('.keyfirst/env'), content('.keyfirst/exec')]).toEqual([`A=${CANARY}\0U=app-user\0`, 'the wrapper']);
      expect(fs.statSync(join(root, 'keyfirst/secrets/.keyfirst/exec')).mode & 0o777).toBe(0o550);
      expect(fs.statSync(join(root, 'keyfirst/env/A')).mode & 0o777).toBe(0o400);
      expect(lines.at(-1)).toContain('"files":1,"variables":2,');
      expect(outcome.message + lines.join('')).not.toContain(CANARY);
    });

    it('writes to neither volume when one value is refused, and tells everything', async () => {
      const outcome = await runVariables(
        [
          variable('A', 'dev://text'),
          variable('B', 'dev://db'),
          variable('C', 'dev://db#nope'),
          { key: 'keyfirst.dev/secrets[0]', from: 'dev://db', names: { A: 'user', E: 'empty' }, mode: 0o440, lists: ['v'] },
        ],
        { a: 'dev://db#nope' },
      );

      expect(outcome.exitCode).toBe(65);
      expect([written(), fs.readdirSync(join(root, 'keyfirst/env'))]).toEqual([[], []]);
      expect(outcome.message).toMatch(/^Keyfirst delivered no secrets: 4 problems\./);
      for (const name of ['B', 'C', 'E']) expect(outcome.message).toContain(`variable \`${name}\`: `);
    });

    it('needs no volume for files when all are taken from the other', async () => {
      fs.rmSync(join(root, 'keyfirst/secrets'), { recursive: true });

      expect(await runVariables([variable('A', 'dev://text', { suffix: '.1' })])).toMatchObject({ exitCode: 0 });
      expect(inEnv('A.1')).toBe(`A='${CANARY}'\n`);
    });

    it('writes nothing where no variable is taken from', async () => {
      fs.rmSync(join(root, 'keyfirst/env'), { recursive: true });

      expect(await runVariables([variable('A', 'dev://text', { lists: ['view'] })], {}, {}, false)).toMatchObject({
        exitCode: 0,
        message: expect.stringMatching(/^Keyfirst delivered 1 variable\.\n/),
      });
      expect(fs.readdirSync(join(root, 'keyfirst/secrets/view/.keyfirst'))).toEqual(['env']);
      expect(fs.existsSync(join(root, 'keyfirst/env'))).toBe(false);
    });

    it('shows nothing of either volume when the second one cannot be written', async () => {
      fs.rmSync(join(root, 'keyfirst/env'), { recursive: true });

      expect(await runVariables([variable('A', 'dev://text')], { a: 'dev://text' })).toMatchObject({ exitCode: 74 });
      expect(written()).toEqual([]);
      expect(fs.readdirSync(join(root, 'keyfirst/secrets')).filter((name) => name === '..data')).toEqual([]);
    });

    it('refuses a name that occurs twice in a list, and a wrapper that is not there', async () => {
      const outcome = await runVariables(
        [variable('user', 'dev://fine#user'), { key: 'bulk', from: 'dev://fine', prefix: '', mode: 0o440, lists: [''] }],
        {},
        {
          open: async () => ({ ...store, read: async () => ({ value: new Redacted(toValue({ user: CANARY })) }) }),
          wrapper: () => {
            throw new Error('no such file');
          },
        },
      );

      expect(outcome.exitCode).toBe(70);
      expect(outcome.message).toContain('bulk: dev://fine: variable `user`: keyfirst.dev/env.user sets it already.');
      expect(outcome.message).toContain('`keyfirst-exec`');
      expect(written()).toEqual([]);
    });

    it('checks the configuration again', async () => {
      const outcome = await runVariables([variable('A=B', 'dev://text'), variable('C', 'other://x', { suffix: '', lists: ['../x'] })], {
        '.keyfirst/env': 'dev://text',
      });

      expect(outcome.exitCode).toBe(78);
      for (const problem of [
        '`A=B` is not the name',
        'the store `other` has no settings',
        'the view `../x` is no',
        'the folder `.keyfirst` belongs to',
      ])
        expect(outcome.message).toContain(problem);
    });

    it('scrubs also what templates and forms made', async () => {
      const chatty: Store = {
        ...store,
        async read(path, parameters, signal) {
          if (path !== 'chatty') return store.read(path, parameters, signal);
          for (let turn = 0; turn < 500; turn++) await Promise.resolve();
          throw new ProviderError('denied', `no, x-${CANARY.toUpperCase()}!`, { remedy: 'no' });
        },
      };
      const upper = variable('A', 'dev://db', { suffix: '', template: 'x-<< password | upcase >>' });

      const outcome = await runVariables([upper, variable('B', 'dev://chatty')], {}, { open: async () => chatty });

      expect(outcome.message).toContain('no, [redacted]!');
    });
  });

  it('logs names, counts and durations, no value', async () => {
    await runWith({ a: 'dev://text', 'db.json': 'dev://db' });

    expect(lines.map((line) => parseExactJson(line))).toMatchObject([
      { level: 'info', msg: 'store read', store: 'dev' },
      { level: 'warn', msg: 'nothing renews these credentials', reference: 'dev://text' },
      { level: 'info', msg: 'secrets delivered', secrets: expect.anything() },
    ]);
    expect(lines.join('')).not.toContain(CANARY);
  });
});
