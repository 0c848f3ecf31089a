import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWrapper, hostArchitecture } from '../../scripts/build-wrapper.ts';
import type { InjectorConfigText } from '../../src/contract/injector-config.ts';
import { bundleInjector } from '../support/injector-bundle.ts';
import { type KubeletEnv, kubeletEnvMissing, startKubeletEnv } from '../support/kubelet-env.ts';
import { startVault, type TestVault, vaultMissing } from '../support/vault.ts';
import { InjectorBox, type InjectorRun, vaultConfig } from '../support/vault-injector.ts';
import { enableKubernetesAuth } from '../support/vault-login.ts';
import { startFaultyVault } from '../support/vault-proxy.ts';
import { reportOf, runProgram, type WrapperFolder, wrapperFolder } from '../support/wrapper.ts';
import { wrapperMissing } from '../support/wrapper-tools.ts';

type Variable = NonNullable<InjectorConfigText['variables']>[number];

const CANARY = 'c4n4ry-$(X)-$$-"quoted"-ünï';
/** Every kind of content that both deliveries hold. */
const BOTH = {
  plain: CANARY,
  lines: `\n${CANARY}\n\n  indented\n`,
  shell: '`id` $(id) $\u007bHOME} \\n "x" #no comment = *',
  blanks: ' \t begin and end \t ',
  carriage: 'a\rb\r',
  unicode: '\ufeff日本語 😀 e\u0301',
  number: 12_345,
  long: `${'x'.repeat(60_000)}\n${'y'.repeat(60_000)}`,
  nested: { list: [1, 'two'], flag: true },
};
const BOTH_TEXT = { ...BOTH, number: '12345', nested: '{"flag":true,"list":[1,"two"]}' };
/** What only the wrapper delivers. */
const LIST_ONLY = { quote: `it's ${CANARY}`, crlf: `a\r\n${CANARY}`, line: 'z'.repeat(100_000) };

const missing = vaultMissing() ?? (await wrapperMissing(hostArchitecture())) ?? (await kubeletEnvMissing());

describe.skipIf(missing !== undefined)(`variables from a real Vault${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let vault: TestVault;
  let auth: AsyncDisposable;
  let kubelet: KubeletEnv;
  let wrapper: WrapperFolder;
  let bundle: Awaited<ReturnType<typeof bundleInjector>>;

  beforeAll(async () => {
    vault = await startVault();
    auth = await enableKubernetesAuth(vault);
    kubelet = await startKubeletEnv();
    wrapper = await wrapperFolder();
    bundle = await bundleInjector();
    await buildWrapper(join(dirname(bundle.main), 'bin'));
    await vault.call('POST', 'secret/data/shop/both', { data: BOTH });
    await vault.call('POST', 'secret/data/shop/list', { data: LIST_ONLY });
    await vault.call('POST', 'secret/data/shop/odd', {
      data: { empty: '', nul: `${CANARY}\0`, bytes: Buffer.of(1, 0xfe, 0xff).toString('base64'), huge: 'h'.repeat(131_072) },
    });
    await vault.call('POST', 'secret/data/shop/bulk', { data: { 'db.host': 'host', 'db-port': 5432, plain: CANARY } });
  });
  afterAll(async () => {
    bundle?.[Symbol.dispose]();
    for (const one of [wrapper, kubelet, auth, vault]) await one?.[Symbol.asyncDispose]();
  });

  const SUFFIX = '.0';
  const entry = (key: string, from: string, more: Partial<Variable>): Variable => ({
    key,
    from: `vault://secret/shop/${from}`,
    mode: 0o444,
    ...more,
  });
  const names = (object: object) => Object.fromEntries(Object.keys(object).map((key) => [key.toUpperCase(), key]));

  function config(variables: Variable[], files: Parameters<typeof vaultConfig>[1] = {}, address = vault.address): InjectorConfigText {
    return { ...vaultConfig(address, files), variables, copyWrapper: true };
  }
  /** Runs the bundle, as the image does; nothing that it prints may show a value. */
  async function run(box: InjectorBox, ...[of, options]: Parameters<InjectorBox['run']>): Promise<InjectorRun> {
    const result = await box.run(of, { main: bundle.main, ...options });
    for (const text of [result.stdout, result.stderr, result.message]) expect(text).not.toContain('c4n4ry');
    return result;
  }
  async function kubeletReads(box: InjectorBox, name: string): Promise<string> {
    const read = await kubelet.parse(readFileSync(join(box.root, 'keyfirst/env', name + SUFFIX)), name);
    expect(read.error).toBe('');
    return read.value.toString();
  }
  /** What an app sees that is started by the wrapper which the injector wrote. */
  async function appSees(box: InjectorBox, folder: string): Promise<Record<string, string>> {
    const own = join(box.root, 'keyfirst/secrets', folder, '.keyfirst');
    const report = reportOf(await runProgram([join(own, 'exec'), join(own, 'env'), wrapper.app, 'dump'], { env: {}, cwd: box.root }));
    return Object.fromEntries(
      report.env.map((line) => {
        const text = Buffer.from(line, 'latin1').toString();
        return [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
      }),
    );
  }
  const shown = (box: InjectorBox, folder: string) =>
    readdirSync(join(box.root, 'keyfirst', folder)).filter((name) => !name.startsWith('..'));

  it('delivers files and variables in both ways in one run, byte for byte, with one read an object', async () => {
    await using proxy = await startFaultyVault(vault.address, () => false);
    using box = new InjectorBox();

    const result = await run(
      box,
      config(
        [
          entry('a', 'both', { names: names(BOTH), suffix: SUFFIX, lists: ['', 'web'] }),
          entry('b', 'list', { names: names(LIST_ONLY), lists: ['web'] }),
          entry('c', 'odd#bytes', { name: 'BYTES', format: 'base64-decode', lists: [''] }),
          entry('d', 'both#nested.list[1]', { name: 'TWO', suffix: SUFFIX }),
          entry('e', 'bulk', { prefix: 'P_', lists: [''] }),
          {
            ...entry('f', 'both', { name: 'URL', template: 'db://<< both.number >>@<< bulk.plain >>', suffix: SUFFIX }),
            from: { both: 'vault://secret/shop/both', bulk: 'vault://secret/shop/bulk' },
          },
        ],
        { 'both.json': 'vault://secret/shop/both', word: 'vault://secret/shop/bulk#plain' },
        proxy.address,
      ),
    );

    expect(result).toMatchObject({
      exitCode: 0,
      stderr: '',
      message: expect.stringMatching(/^Keyfirst delivered 2 files and 18 variables\.\n/),
    });
    expect(proxy.asked.filter((path) => path.includes('/secret/data/')).sort()).toEqual(
      ['both', 'bulk', 'list', 'odd'].map((name) => `/v1/secret/data/shop/${name}`),
    );
    expect([JSON.parse(box.file('both.json') ?? ''), box.file('word')]).toEqual([BOTH, CANARY]);
    for (const [key, text] of Object.entries(BOTH_TEXT)) expect(await kubeletReads(box, key.toUpperCase())).toBe(text);
    expect([await kubeletReads(box, 'TWO'), await kubeletReads(box, 'URL')]).toEqual(['two', `db://12345@${CANARY}`]);
    expect(readFileSync(join(box.root, 'keyfirst/env/KEYFIRST_CHECK'), 'utf8')).toBe("KEYFIRST_CHECK='1'\n");
    expect(statSync(join(box.root, `keyfirst/env/URL${SUFFIX}`)).mode & 0o777).toBe(0o400);

    const both = Object.fromEntries(Object.entries(BOTH_TEXT).map(([key, text]) => [key.toUpperCase(), text]));
    const onlyInLists = Object.fromEntries(Object.entries(LIST_ONLY).map(([key, text]) => [key.toUpperCase(), text]));
    const web = await appSees(box, 'web');
    expect(web).toEqual({ ...both, ...onlyInLists });
    expect(await appSees(box, '')).toEqual({
      ...both,
      BYTES: Buffer.of(1, 0xfe, 0xff).toString(),
      P_db_host: 'host',
      P_db_port: '5432',
      P_plain: CANARY,
    });
    const list = readFileSync(join(box.root, 'keyfirst/secrets/.keyfirst/env'));
    expect(list.includes(Buffer.concat([Buffer.from('\0BYTES='), Buffer.of(1, 0xfe, 0xff, 0)]))).toBe(true);
    expect(['env', 'exec'].map((name) => statSync(join(box.root, 'keyfirst/secrets/web/.keyfirst', name)).mode & 0o777)).toEqual([
      0o444, 0o555,
    ]);
  });

  it('writes to neither volume when any value is refused, and tells of every one', async () => {
    using box = new InjectorBox();

    const { exitCode, message } = await run(
      box,
      config(
        [
          entry('keyfirst.dev/env.QUOTE', 'list#quote', { name: 'QUOTE', suffix: SUFFIX }),
          entry('keyfirst.dev/env.CRLF', 'list#crlf', { name: 'CRLF', suffix: SUFFIX, lists: [''] }),
          entry('keyfirst.dev/env.LINE', 'list#line', { name: 'LINE', suffix: SUFFIX }),
          entry('keyfirst.dev/env.NUL', 'odd#nul', { name: 'NUL', lists: [''] }),
          entry('keyfirst.dev/env.HUGE', 'odd#huge', { name: 'HUGE', lists: [''] }),
          entry('keyfirst.dev/secrets[0]', 'odd', { names: { EMPTY: 'empty', NOPE: 'nope' }, suffix: SUFFIX }),
          entry('keyfirst.dev/secrets[1]', 'bulk', { prefix: '', lists: [''] }),
          entry('keyfirst.dev/secrets[2]', 'both', { names: { plain: 'plain' }, lists: [''] }),
          entry('keyfirst.dev/env.GOOD', 'both#plain', { name: 'GOOD', suffix: SUFFIX, lists: [''] }),
        ],
        { good: 'vault://secret/shop/both#plain' },
      ),
    );

    expect(exitCode).toBe(65);
    for (const problem of [
      'variable `QUOTE`: the value cannot be handed over by `fileKeyRef`: it holds a single quote',
      'variable `CRLF`: the value cannot be handed over by `fileKeyRef`: it holds a line end of CR and LF',
      'variable `LINE`: the value cannot be handed over by `fileKeyRef`: one line of it',
      '`keyfirst.dev/env-delivery: exec`',
      'variable `NUL`: the value holds a NUL byte',
      'variable `HUGE`: name and value have 131078 bytes',
      'variable `EMPTY`: the value is empty',
      'variable `NOPE`: the secret has no property `nope`; it has `bytes`, `empty`, `huge`, `nul`',
      'variable `plain`: keyfirst.dev/secrets[1] sets it already',
    ])
      expect(message).toContain(problem);
    expect([shown(box, 'secrets'), readdirSync(join(box.root, 'keyfirst/env'))]).toEqual([[], []]);
  });

  it('leaves out optional ones that are not there, with a file and a list for those who look', async () => {
    using box = new InjectorBox();

    const { exitCode, message } = await run(
      box,
      config([
        entry('a', 'gone', { name: 'GONE', suffix: SUFFIX, lists: ['v'], optional: true }),
        entry('b', 'odd', { names: { EMPTY: 'empty', NOPE: 'nope' }, suffix: SUFFIX, lists: ['w'], optional: true }),
      ]),
    );

    expect({ exitCode, lines: message.split('\n') }).toEqual({
      exitCode: 0,
      lines: [
        'Keyfirst delivered 1 variable.',
        'vault://secret/shop/gone not there, left out (optional)',
        'vault://secret/shop/odd version 1',
        'vault://secret/shop/odd: NOPE not there, left out (optional)',
      ],
    });
    for (const name of ['GONE', 'EMPTY', 'NOPE']) expect(await kubeletReads(box, name)).toBe('');
    expect([await appSees(box, 'v'), await appSees(box, 'w')]).toEqual([{}, { EMPTY: '' }]);
  });

  it('keeps what both volumes held when a later run fails, and replaces both when one succeeds', async () => {
    using box = new InjectorBox();
    const entries = (property: string): Variable[] => [entry('a', `bulk#${property}`, { name: 'A', suffix: SUFFIX, lists: [''] })];
    const now = async () => [await kubeletReads(box, 'A'), (await appSees(box, '')).A];

    expect((await run(box, config(entries('plain')))).exitCode).toBe(0);
    expect(await now()).toEqual([CANARY, CANARY]);
    expect((await run(box, config(entries('nope')))).exitCode).toBe(65);
    expect(
      (await run(box, config([...entries('"db-port"'), entry('b', 'private/no#x', { name: 'B', suffix: SUFFIX })]))).exitCode,
    ).not.toBe(0);
    expect(await now()).toEqual([CANARY, CANARY]);
    expect((await run(box, config(entries('db-port')))).exitCode).toBe(0);
    expect(await now()).toEqual(['5432', '5432']);
  });

  it('shows nothing of the one volume when the other cannot be written', async () => {
    using box = new InjectorBox();
    rmSync(join(box.root, 'keyfirst/env'), { recursive: true, force: true });
    // Where nobody may make a folder, not even root.
    symlinkSync('/proc', join(box.root, 'keyfirst/env'));

    const { exitCode, message } = await run(
      box,
      config([entry('a', 'bulk#plain', { name: 'A', suffix: SUFFIX, lists: [''] })], { file: 'vault://secret/shop/bulk#plain' }),
    );

    expect({ exitCode, message }).toEqual({ exitCode: 74, message: expect.stringContaining('the files cannot be written') });
    expect(readdirSync(join(box.root, 'keyfirst/secrets'))).toEqual([]);
  });

  it('says what to do when the image lacks the wrapper', async () => {
    await using _ = { [Symbol.asyncDispose]: () => buildWrapper(join(dirname(bundle.main), 'bin')).then(() => undefined) };
    rmSync(join(dirname(bundle.main), 'bin'), { recursive: true });
    using box = new InjectorBox();

    const { exitCode, message } = await run(box, config([entry('a', 'bulk#plain', { name: 'A', lists: [''] })]));

    expect(exitCode).toBe(70);
    expect(message).toContain(
      'the program `keyfirst-exec`, which starts commands with their variables, cannot be read beside the injector (ENOENT)',
    );
    expect(existsSync(join(box.root, 'keyfirst/secrets/..data'))).toBe(false);
  });
});
