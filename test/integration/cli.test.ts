import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BIN = join(import.meta.dirname, '../../src/cli/bin.js');
const POD = `kind: Pod # ours
metadata:
  name: shop
  annotations:
    keyfirst.dev/file.db.json: vault://secret/shop/db
spec:
  containers:
    - name: web
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfirst-cli-'));
  writeFileSync(join(folder, 'pod.yaml'), POD);
  writeFileSync(join(folder, 'plain.yaml'), 'kind: Service\n');
  writeFileSync(join(folder, 'settings.yaml'), 'stores:\n  vault: {address: "https://vault:8200", role: shop}\n');
  writeFileSync(join(folder, 'no-accounts.yaml'), 'identity: {serviceAccounts: false}\n');
  writeFileSync(join(folder, 'wrong.yaml'), 'store: {}\ndevStore: maybe\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr })));
  return { child, ended };
}

function run(args: readonly string[], stdin = ''): Promise<Ended> {
  const { child, ended } = start(args);
  child.stdin.end(stdin);
  return ended;
}

describe('keyfirst inject', () => {
  it('gives a pod the identity of the ServiceAccount beside it, unless the settings say no', async () => {
    const arn = 'arn:aws:iam::111122223333:role/shop';
    const manifests = `${POD.replace('vault:', 'aws-sm:')}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, annotations: {eks.amazonaws.com/role-arn: "${arn}"}}\n`;
    const withRole = await run(['inject', '-f', '-'], manifests);
    const without = await run(['inject', '-f', '-', '--settings', 'no-accounts.yaml'], manifests);

    expect([withRole.stdout, without.stdout].map((text) => text.includes(`"roleArn":"${arn}"`))).toEqual([true, false]);
    expect([withRole.exitCode, without.exitCode]).toEqual([0, 0]);
  });

  it('prints the mutated manifests, and nothing else, on standard output', async () => {
    const { exitCode, stdout, stderr } = await run(['inject', '-f', 'plain.yaml', '-f', 'pod.yaml', '--settings', 'settings.yaml']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^kind: Service\n---\nkind: Pod # ours\n/);
    expect(stdout).toContain('  initContainers:\n    - name: keyfirst-init\n');
  });

  it('reads standard input and explains', async () => {
    const { exitCode, stdout, stderr } = await run(['inject', '-f', '-', '--settings', 'settings.yaml', '--explain'], POD);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('keyfirst-init');
    expect(stderr).toBe('standard input: document 1 (Pod shop): secrets for web at /keyfirst/secrets\n');
  });

  it('prints nothing for nothing', async () => {
    expect(await run(['inject', '-f', '-'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('refuses with 1, every problem, and no manifest', async () => {
    const { exitCode, stdout, stderr } = await run(['inject', '-f', 'plain.yaml', 'pod.yaml', '-'], 'a: [\n');

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^error: pod\.yaml: document 1 \(Pod shop\): keyfirst\.dev\/.*: /),
      expect.stringMatching(/^error: pod\.yaml: document 1 \(Pod shop\): keyfirst\.dev\/.*: /),
      expect.stringMatching(/^error: standard input: document 1: line 2, column 1: not valid YAML: /),
    ]);
  });

  it('refuses wrong settings with 1 and each of their problems', async () => {
    const { exitCode, stdout, stderr } = await run(['inject', '-f', 'pod.yaml', '--settings', 'wrong.yaml']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr.match(/^error: wrong\.yaml: /gm)).toHaveLength(2);
  });

  it.each([
    [['inject', '-f', '.'], 'error: .: is a directory; name its files'],
    [['inject', '-f', 'none.yaml', '--settings', 'neither.yaml'], 'error: neither.yaml: there is no such file'],
    [['inject', '-f', '-', '-f', '-'], 'error: standard input (-) can be read only once'],
    [['inject'], "required option '-f, --filename <file...>' not specified"],
    [['inject', '-f', 'pod.yaml', '--setings', 'x'], "unknown option '--setings'"],
    [['injekt'], "unknown command 'injekt'"],
    [[], 'Usage: keyfirst'],
  ])('ends with 2 when the command cannot be carried out: %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await run(args);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('passes signals on and reports them as shells do', async () => {
    const { child, ended } = start(['inject', '-f', '-']);
    // More than a pipe holds: written as soon as somebody reads, so the program is up by then.
    child.stdin.write('# \n'.repeat(200_000), () => child.kill('SIGTERM'));

    expect((await ended).exitCode).toBe(143);
  });
});
