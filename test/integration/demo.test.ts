import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootstrapError, bootstrap } from '../../scripts/bootstrap.js';

const ROOT = join(import.meta.dirname, '../..');
const DEMO = join(ROOT, 'scripts/demo.js');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfirst-demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the demo with temporary files in a folder of the test; `onOutput` sees all output so far. */
function run(
  env: Record<string, string>,
  onOutput: (text: string, child: ChildProcess) => void = () => undefined,
  args: readonly string[] = [],
) {
  const child = spawn(process.execPath, [DEMO, ...args], { env: { PATH: process.env.PATH ?? '', TMPDIR: folder, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput(stdout, child);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr })),
  );
}

describe('npm run demo', () => {
  it('tells the whole story, proves it, and leaves nothing behind', async () => {
    const { exitCode, stdout, stderr } = await run({ CI: 'true' });

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('+   initContainers:\n');
    expect(stdout).toContain('"secrets": [\n');
    expect(stdout).toContain('Keyfirst delivered 2 files.');
    expect(stdout).toMatch(/read db\.json: \d+ bytes, sha256 [0-9a-f]{16}…/);
    expect(stdout.match(/✓ .*/g)).toEqual([
      '✓ Both files are byte for byte what the store holds.',
      '✓ No value is in the patch, in a log line or in the message.',
      '✓ The secret that was pasted where its reference belongs is not repeated.',
    ]);
    expect(stdout).toMatch(/webhook .*0 → +\d+ ms/);
    expect(stdout).toContain('Keyfirst found 3 problems');
    expect(stdout).toContain('Done, and nothing is left behind.');
    expect(stdout).not.toContain('\u001b[');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('on a cluster of yours says first what it must know of it', async () => {
    const env = { KUBECONFIG: '/nowhere', KEYFIRST_WEBHOOK_IMAGE: 'registry.test/webhook:1' };

    const { exitCode, stdout, stderr } = await run(env, undefined, ['--cluster']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^The demo cannot start: .*set KEYFIRST_INJECTOR_IMAGE, KEYFIRST_E2E_VAULT_ADDR too/);
  });

  it('cleans up when it is interrupted, its programs included', async () => {
    let running = 0;
    const { exitCode, stdout } = await run({}, (text, child) => {
      if (!text.includes('3  The kubelet') || running > 0) return;
      running = programsOf(folder).length;
      child.kill('SIGINT');
    });

    expect(exitCode).toBe(130);
    expect(stdout).not.toContain('Done');
    expect(readdirSync(folder)).toEqual([]);
    if (process.platform === 'linux') expect(running).toBeGreaterThan(1);
    expect(programsOf(folder)).toEqual([]);
  });

  it('fails with a reason', async () => {
    const { exitCode, stderr } = await run({ TMPDIR: join(folder, 'missing') });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^\nThe demo failed: .*no such file/);
  });
});

describe('bootstrap', () => {
  it('returns the Node of the project where all is installed', () => {
    expect(bootstrap({ quiet: true })).toBe(join(ROOT, 'node_modules/node/bin/node'));
  });

  it.each([
    ['true', /ignore-scripts=true[\s\S]*npm install --no-save --ignore-scripts=false/],
    ['false', /`npm install --no-save .*` failed:\n\nregistry is down/],
  ])('says what to do when nothing can be installed (ignore-scripts=%s)', (ignoreScripts, message) => {
    writeFileSync(join(folder, 'package-lock.json'), '{"packages": {"": {}, "node_modules/x": {"version": "1.0.0"}}}');
    withNpm(`if [ "$1" = config ]; then echo ${ignoreScripts}; else echo registry is down >&2; exit 1; fi`, () => {
      expect(() => bootstrap({ quiet: true, root: folder })).toThrow(BootstrapError);
      expect(() => bootstrap({ quiet: true, root: folder })).toThrow(message);
    });
  });

  it('installs what package-lock.json says and is not there, and nothing else', () => {
    const lock = (version: string) =>
      JSON.stringify({ packages: { 'node_modules/x': { version }, 'node_modules/other-os': { version, optional: true } } });
    const node = join(folder, 'node_modules/node/bin/node');
    mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true });
    writeFileSync(node, '#!/bin/sh\n');
    chmodSync(node, 0o755);
    writeFileSync(join(folder, 'package-lock.json'), lock('2.0.0'));
    const installed = join(folder, 'node_modules/.package-lock.json');
    writeFileSync(installed, JSON.stringify({ packages: { 'node_modules/x': { version: '1.0.0' } } }));
    withNpm(`echo "$@" >> ${folder}/calls; [ "$1" = config ] || sed -i 's/1.0.0/2.0.0/' ${installed}`, () => {
      expect(bootstrap({ quiet: true, root: folder })).toBe(node);
      expect(bootstrap({ quiet: true, root: folder })).toBe(node);
    });

    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toEqual([
      'config get ignore-scripts',
      'install --no-save --no-audit --no-fund --loglevel=error',
    ]);
  });
});

/** Runs with a shell script in the place of npm. */
function withNpm(script: string, action: () => void): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { PATH } = process.env;
  process.env.PATH = `${bin}:${PATH}`;
  try {
    action();
  } finally {
    process.env.PATH = PATH;
  }
}

/** Ids of processes whose environment names the folder; Linux only. */
function programsOf(path: string): string[] {
  const ids = (() => {
    try {
      return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    } catch {
      return [];
    }
  })();
  return ids.filter((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'utf8').includes(path);
    } catch {
      return false;
    }
  });
}
