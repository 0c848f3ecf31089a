import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The command bound to one core, so that server and load do not push each other about; as it is where that cannot be had. */
export function pinned(command: readonly string[], core: number): readonly string[] {
  return canPin() ? ['taskset', '-c', String(core), ...command] : command;
}

/** Whether there are two cores and a program to choose one. */
export function canPin(): boolean {
  if (availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-c', '0,1', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
