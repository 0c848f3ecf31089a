import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayerEntry } from './oci.ts';
import { NODE_PATH } from './program-image.ts';
import { sharedLibraries } from './shared-libraries.ts';

/**
 * A file system that runs Node and nothing else: the binary of the npm package, the libraries it loads from this machine, a
 * user, a place for temporary files. No shell.
 */
export async function nodeBaseLayer(node: string): Promise<LayerEntry[]> {
  const libraries = sharedLibraries(execFileSync('ldd', [node], { encoding: 'utf8' }));
  return [
    { path: NODE_PATH, content: stripped(node), mode: 0o755 },
    ...libraries.map((path): LayerEntry => ({ path, content: readFileSync(path), mode: 0o755 })),
    text('/etc/passwd', 'root:x:0:0:root:/root:/sbin/nologin', 'nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin'),
    text('/etc/group', 'root:x:0:', 'nonroot:x:65532:'),
    // Without it the C library asks DNS before /etc/hosts, so that a pod's hostAliases would come second.
    text('/etc/nsswitch.conf', 'hosts: files dns'),
    { path: '/tmp', directory: true, mode: 0o1777 },
  ];
}

function text(path: string, ...lines: string[]): LayerEntry {
  return { path, content: Buffer.from(lines.map((line) => `${line}\n`).join('')) };
}

/** The binary without its symbol table, a seventh of it; whole where the machine has no `strip`. */
function stripped(binary: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'keyfirst-images-'));
  try {
    const copy = join(folder, 'node');
    copyFileSync(binary, copy);
    execFileSync('strip', [copy], { stdio: 'ignore' });
    return readFileSync(copy);
  } catch {
    return readFileSync(binary);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
