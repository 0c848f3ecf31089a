import { spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Kills the API server of a cluster that `test/cluster` started, runs `meanwhile`, and starts it again as it was. `log` is the
 * file it goes on writing to.
 */
export async function withoutApiServer(log: string, meanwhile: () => Promise<void>): Promise<void> {
  const pid = findProcess('kube-apiserver');
  const [program = '', ...args] = words(`/proc/${pid}/cmdline`);
  const env = Object.fromEntries(
    words(`/proc/${pid}/environ`).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const cwd = readlinkSync(`/proc/${pid}/cwd`);
  process.kill(pid, 'SIGKILL');
  try {
    await meanwhile();
  } finally {
    const output = openSync(log, 'a');
    // It dies with the cluster, not with this process.
    spawn(program, args, { cwd, env, stdio: ['ignore', output, output], detached: true }).unref();
  }
}

/** The process whose second word is `part`; only those of our own cluster are visible. */
function findProcess(part: string): number {
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && words(`/proc/${entry}/cmdline`)[1] === part) return Number(entry);
  }
  throw new Error(`no ${part} is running`);
}

function words(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\0').slice(0, -1);
  } catch {
    // The process has ended meanwhile.
    return [];
  }
}
