import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Unpacks the newest package of the machine's Debian into `$1`, which appears whole; nothing is installed and no service started. */
const UNPACK = `set -e
[ -d "$1" ] && exit
making=$(mktemp -d "$1.XXXXXX")
trap 'rm -rf "$making"' EXIT
chmod 755 "$making"
cd "$making"
apt-get download prometheus || { apt-get update && apt-get download prometheus; }
dpkg-deb -x prometheus_*.deb root
mv root "$1"`;

export interface Prometheus {
  /** Paths of the programs. */
  readonly prometheus: string;
  readonly promtool: string;
}

/** Prometheus and promtool, from the tools cache or, once, from Debian's package. Throws where there is no Debian. */
export async function findPrometheus(env: Readonly<Record<string, string | undefined>>): Promise<Prometheus> {
  const cache = env.CLUSTER_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyfirst-tools');
  const folder = join(cache, 'prometheus');
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    // One process unpacks, the others wait and then find it there.
    await promisify(execFile)('flock', [join(cache, 'apt.lock'), 'sh', '-c', UNPACK, 'sh', folder], { maxBuffer: 64 * 1024 * 1024 });
  }
  return { prometheus: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') };
}

// By itself, before a cluster without a network starts.
if (import.meta.main) await findPrometheus(process.env);
