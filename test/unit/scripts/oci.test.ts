import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type LayerEntry, layerTar, ociArchive } from '../../../scripts/oci.ts';

async function read(tar: Uint8Array): Promise<{ header: Header; content: Buffer }[]> {
  const entries: { header: Header; content: Buffer }[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) entries.push({ header: entry.header, content: await buffer(entry) });
  return entries;
}

const entries: LayerEntry[] = [
  { path: '/usr/local/bin/node', content: Buffer.from('binary'), mode: 0o755 },
  { path: '/tmp', directory: true, mode: 0o1777 },
  { path: '/etc/passwd', content: Buffer.from('users\n') },
  { path: '/bin/sh', link: 'busybox' },
];

describe('layerTar', () => {
  it('holds the entries and their parent folders, sorted, owned by root, without a date', async () => {
    const found = await read(await layerTar(entries));

    expect(found.map(({ header }) => [header.name, header.type, header.mode?.toString(8)])).toEqual([
      ['bin', 'directory', '755'],
      ['bin/sh', 'symlink', '777'],
      ['etc', 'directory', '755'],
      ['etc/passwd', 'file', '644'],
      ['tmp', 'directory', '1777'],
      ['usr', 'directory', '755'],
      ['usr/local', 'directory', '755'],
      ['usr/local/bin', 'directory', '755'],
      ['usr/local/bin/node', 'file', '755'],
    ]);
    for (const { header } of found) expect(header).toMatchObject({ uid: 0, gid: 0, mtime: new Date(0) });
    expect(found.find(({ header }) => header.name === 'bin/sh')?.header.linkname).toBe('busybox');
    expect(found.at(-1)?.content.toString()).toBe('binary');
  });

  it('gives the same bytes whatever order the entries come in', async () => {
    expect(await layerTar(entries)).toEqual(await layerTar(entries.toReversed()));
  });

  it("keeps a parent folder's own mode, named before or after what it holds", async () => {
    const layer = await read(
      await layerTar([
        { path: '/tmp/file', content: Buffer.from('') },
        { path: '/tmp', directory: true, mode: 0o1777 },
      ]),
    );

    expect(layer.map(({ header }) => [header.name, header.mode])).toEqual([
      ['tmp', 0o1777],
      ['tmp/file', 0o644],
    ]);
  });
});

describe('ociArchive', () => {
  const make = async (app: string) =>
    ociArchive({
      name: 'localhost/keyfirst/webhook:dev',
      architecture: 'amd64',
      config: { User: '65532:65532', Entrypoint: ['/node'] },
      layers: [await layerTar(entries), await layerTar([{ path: '/app', content: Buffer.from(app) }])],
    });

  it('gives the same bytes twice', async () => {
    expect(await make('one')).toEqual(await make('one'));
  });

  it('names every blob by its digest, and each reference finds its blob with the right size', async () => {
    const files = new Map((await read(await make('one'))).map(({ header, content }) => [header.name, content]));
    const blob = ({ digest, size }: { digest: string; size: number }) => {
      const content = files.get(`blobs/${digest.replace(':', '/')}`);
      expect(content?.length).toBe(size);
      return content ?? Buffer.alloc(0);
    };

    for (const [name, content] of files) {
      if (name.startsWith('blobs/')) expect(name).toBe(`blobs/sha256/${createHash('sha256').update(content).digest('hex')}`);
    }
    const index = JSON.parse(String(files.get('index.json')));
    expect(index.manifests).toMatchObject([
      { platform: { os: 'linux', architecture: 'amd64' }, annotations: { 'io.containerd.image.name': 'localhost/keyfirst/webhook:dev' } },
    ]);
    const manifest = JSON.parse(String(blob(index.manifests[0])));
    const image = JSON.parse(String(blob(manifest.config)));
    expect(image).toMatchObject({ os: 'linux', architecture: 'amd64', config: { User: '65532:65532', Entrypoint: ['/node'] } });
    expect(image.rootfs.diff_ids).toEqual(manifest.layers.map(({ digest }: { digest: string }) => digest));
    expect(manifest.layers).toHaveLength(2);
    for (const layer of manifest.layers) blob(layer);
  });

  it('shares the lower layer between images', async () => {
    const layers = async (app: string) => {
      const files = await read(await make(app));
      return files.filter(({ content }) => content.includes('usr/local/bin/node')).map(({ header }) => header.name);
    };

    expect(await layers('one')).toEqual(await layers('two'));
  });
});
