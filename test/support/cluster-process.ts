import { spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** A running part of a cluster that `test/cluster` started, such as `kubelet`. */
export interface ClusterProcess {
  readonly args: readonly string[];
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it as it was started, or with other arguments; it goes on writing to the file `log`. Dies with the cluster. */
  start(log: string, args?: readonly string[]): void;
}

/** Finds it; only processes of our own cluster are visible. Throws when it does not run. */
export function clusterProcess(part: string): ClusterProcess {
  const pid = findProcess(part);
  const [program = '', ...words] = wordsOf(`/proc/${pid}/cmdline`);
  const env = Object.fromEntries(
    wordsOf(`/proc/${pid}/environ`).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const cwd = readlinkSync(`/proc/${pid}/cwd`);
  return {
    args: words,
    async kill() {
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await setTimeout(20);
    },
    start(log, args = words) {
      const output = openSync(log, 'a');
      spawn(program, args, { cwd, env, stdio: ['ignore', output, output], detached: true }).unref();
    },
  };
}

/** Whether anything of it is left, such as a thread on its way out that still holds its ports. Nobody need have taken leave of it. */
function isAlive(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return !(/^State:\s+Z/m.test(status) && /^Threads:\s+1$/m.test(status));
  } catch {
    return false;
  }
}

/** The process whose second word is `part`. */
function findProcess(part: string): number {
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && wordsOf(`/proc/${entry}/cmdline`)[1] === part) return Number(entry);
  }
  throw new Error(`no ${part} is running`);
}

function wordsOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\0').slice(0, -1);
  } catch {
    // The process has ended meanwhile.
    return [];
  }
}
