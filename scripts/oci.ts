import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/** One thing in an image's file system; `path` is absolute, parent folders are made by themselves. Everything belongs to root. */
export type LayerEntry =
  | { readonly path: string; readonly content: Uint8Array; readonly mode?: number }
  | { readonly path: string; readonly link: string }
  | { readonly path: string; readonly directory: true; readonly mode?: number };

export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface Image {
  /** Full name with tag, such as `localhost/keyfirst/webhook:dev`. */
  readonly name: string;
  readonly architecture: 'amd64' | 'arm64';
  readonly config: ImageConfig;
  /** Layers as `layerTar` makes them, lowest first. */
  readonly layers: readonly Uint8Array[];
}

/**
 * An OCI image archive as one tar. The bytes depend on nothing but the arguments: no time, no machine, no order of arrival.
 */
export async function ociArchive({ name, architecture, config, layers }: Image): Promise<Uint8Array> {
  const image = encode({ architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: layers.map(digest) } });
  const manifest = encode({
    schemaVersion: 2,
    mediaType: mediaType('manifest.v1+json'),
    config: descriptor('config.v1+json', image),
    layers: layers.map((layer) => descriptor('layer.v1.tar', layer)),
  });
  const index = encode({
    schemaVersion: 2,
    mediaType: mediaType('index.v1+json'),
    manifests: [
      {
        ...descriptor('manifest.v1+json', manifest),
        platform: { architecture, os: 'linux' },
        annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1) },
      },
    ],
  });
  return tar([
    { path: 'oci-layout', content: encode({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', content: index },
    ...[...layers, image, manifest].map((content) => ({ path: `blobs/sha256/${sha256(content)}`, content })),
  ]);
}

/** One layer: the entries and their parent folders, sorted by path, owned by root, dated 1970. */
export async function layerTar(entries: readonly LayerEntry[]): Promise<Uint8Array> {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    for (let parent = posix.dirname(entry.path); parent !== '/'; parent = posix.dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, directory: true });
    }
    byPath.set(entry.path, entry);
  }
  const sorted = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return tar(sorted.map((entry) => ({ ...entry, path: entry.path.slice(1) })));
}

async function tar(entries: readonly LayerEntry[]): Promise<Uint8Array> {
  const stream = pack();
  const bytes = buffer(stream);
  for (const entry of entries) {
    const common = { name: entry.path, uid: 0, gid: 0, mtime: new Date(0) };
    if ('directory' in entry) stream.entry({ ...common, type: 'directory', mode: entry.mode ?? 0o755 });
    else if ('link' in entry) stream.entry({ ...common, type: 'symlink', linkname: entry.link, mode: 0o777 });
    else stream.entry({ ...common, type: 'file', mode: entry.mode ?? 0o644 }, Buffer.from(entry.content));
  }
  stream.finalize();
  return bytes;
}

const mediaType = (kind: string): string => `application/vnd.oci.image.${kind}`;
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const digest = (content: Uint8Array): string => `sha256:${sha256(content)}`;
const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const descriptor = (kind: string, content: Uint8Array) => ({ mediaType: mediaType(kind), digest: digest(content), size: content.length });
