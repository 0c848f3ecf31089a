import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeInjectorConfig, type InjectorConfigText } from '../../src/contract/injector-config.ts';
import { IDENTITY, serviceAccountToken } from './vault-login.ts';

const MAIN = process.env.KEYFIRST_TEST_INJECTOR ?? join(import.meta.dirname, '../../injector/main.ts');
const TOKEN_FILE = '/keyfirst/identity/vault';

export interface InjectorRun {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly message: string;
  readonly milliseconds: number;
}

/** A root folder as the kubelet would prepare it, and the real injector run on it as a process of its own. */
export class InjectorBox implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'keyfirst-injector-'));

  constructor(token = serviceAccountToken()) {
    for (const folder of ['keyfirst/secrets', 'keyfirst/env', 'keyfirst/identity', 'dev'])
      mkdirSync(join(this.root, folder), { recursive: true });
    writeFileSync(join(this.root, TOKEN_FILE), token);
  }

  /** Content of a delivered file; undefined when it is not there. */
  file(path: string): string | undefined {
    try {
      return readFileSync(join(this.root, 'keyfirst/secrets', path), 'utf8');
    } catch {
      return undefined;
    }
  }

  /** `main` is another build of the injector. */
  async run(
    config: InjectorConfigText,
    options: { killAfter?: number; env?: Record<string, string>; main?: string } = {},
  ): Promise<InjectorRun> {
    writeFileSync(join(this.root, 'dev/termination-log'), '');
    const started = performance.now();
    const child = spawn(process.execPath, [options.main ?? MAIN], {
      env: { KEYFIRST_ROOT: this.root, KEYFIRST_CONFIG: encodeInjectorConfig(config), ...options.env },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    if (options.killAfter !== undefined) setTimeout(() => child.kill('SIGTERM'), options.killAfter);
    const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.once('close', (code, name) => resolve([code, name]));
    });
    return {
      exitCode,
      signal,
      ...output,
      message: readFileSync(join(this.root, 'dev/termination-log'), 'utf8'),
      milliseconds: performance.now() - started,
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

type SecretText = InjectorConfigText['secrets'][number];
type VaultText = Extract<InjectorConfigText['stores'][string], { provider: 'vault' }>;

/** Configuration with one store `vault`; entries from file name to reference or more. */
export function vaultConfig(
  address: string,
  files: Readonly<Record<string, string | (Partial<SecretText> & { from: string })>>,
  settings: { deadline?: number; messageBytes?: number; store?: Partial<VaultText> } = {},
): InjectorConfigText {
  return {
    version: 1,
    identity: IDENTITY,
    deadline: settings.deadline ?? 20_000,
    messageBytes: settings.messageBytes ?? 4096,
    stores: {
      vault: {
        provider: 'vault',
        address,
        role: 'shop',
        authPath: 'kubernetes',
        auth: 'kubernetes',
        audience: 'vault',
        tokenFile: TOKEN_FILE,
        ...settings.store,
      },
    },
    secrets: Object.entries(files).map(([file, entry]) => ({
      key: `keyfirst.dev/file.${file}`,
      file,
      mode: 0o440,
      ...(typeof entry === 'string' ? { from: entry } : entry),
    })),
  };
}
