import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../../src/tls/authority.ts';
import { fileSource } from '../../../../src/tls/file-source.ts';
import type { CertificateSource, ServingCertificate } from '../../../../src/tls/source.ts';
import { fakeClock, fakeLog, until } from '../../../support/tls-fakes.ts';

const LIFETIME = 120_000;

let folder: string;
let running: CertificateSource | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyfirst-tls-'));
});
afterEach(async () => {
  await running?.stop();
  await rm(folder, { recursive: true });
});

/** A mounted volume as the kubelet writes it: `tls.crt` → `..data/tls.crt`, `..data` → a folder that is swapped. */
async function mount(version: string, pair: { certificate: string; key: string }): Promise<void> {
  await mkdir(join(folder, version));
  await writeFile(join(folder, version, 'tls.crt'), pair.certificate);
  await writeFile(join(folder, version, 'tls.key'), pair.key);
  await symlink(version, join(folder, '..tmp'));
  await rename(join(folder, '..tmp'), join(folder, '..data'));
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(folder, name)).catch(() => undefined);
}

function setUp() {
  const clock = fakeClock();
  const { log, lines } = fakeLog();
  const changes: ServingCertificate[] = [];
  const source = fileSource({ certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key'), log, clock });
  running = source;
  const issue = () => issueCertificate({ podName: 'p', service: 's', namespace: 'n', now: new Date(clock.now()), lifetime: LIFETIME });
  return { clock, lines, changes, source, issue, start: () => source.start((certificate) => changes.push(certificate)) };
}

describe('fileSource', () => {
  it('gives the pair and is ready', async () => {
    const { start, source, issue } = setUp();
    const pair = await issue();
    await mount('v1', pair);
    expect(source.notReady()).toMatch(/not read yet/);

    expect(await start()).toMatchObject({ certificate: pair.certificate, key: pair.key });
    expect(source.notReady()).toBeUndefined();
  });

  it('rejects with every problem when it cannot start', async () => {
    const { start } = setUp();

    await expect(start()).rejects.toMatchObject({
      code: 'certificate-files',
      message: expect.stringMatching(/not in order:\n- .*tls\.crt: cannot be read \(ENOENT\).*\n- .*tls\.key: cannot be read \(ENOENT\)/),
    });
  });

  it('gives a new pair after Kubernetes swapped the folder, once', async () => {
    const { clock, changes, start, issue } = setUp();
    await mount('v1', await issue());
    await start();
    const next = await issue();
    await mount('v2', next);

    await clock.advance(10_000);
    await until(() => changes.length > 0);
    await clock.advance(60_000);

    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ certificate: next.certificate, key: next.key });
  });

  it('keeps the old pair while the new one is half-written, and says so once', async () => {
    const { clock, lines, changes, start, source, issue } = setUp();
    await mount('v1', await issue());
    await start();
    const next = await issue();
    await writeFile(join(folder, 'v1', 'tls.crt'), next.certificate);

    await clock.advance(10_000);
    await until(() => lines.length > 0);
    await clock.advance(60_000);
    expect(changes).toEqual([]);
    expect(source.notReady()).toBeUndefined();

    await writeFile(join(folder, 'v1', 'new.key'), next.key);
    await rename(join(folder, 'v1', 'new.key'), join(folder, 'v1', 'tls.key'));
    await clock.advance(10_000);
    await until(() => changes.length > 0);
    expect(changes[0]?.key).toBe(next.key);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toMatch(/BEGIN/);
  });

  it('is not ready once the pair has expired', async () => {
    const { clock, start, source, issue } = setUp();
    await mount('v1', await issue());
    await start();

    clock.jump(LIFETIME + 3_600_000);

    expect(source.notReady()).toMatch(/tls\.crt: expired on .*; renew it/);
  });
});
