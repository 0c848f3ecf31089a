import { readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPILER_PACKAGES } from '../../../scripts/build-wrapper.ts';
import { IMAGE_CONFIG } from '../../../scripts/program-image.ts';

const text = readFileSync('Dockerfile', 'utf8');

/** Instructions of the last stage, the one that ships. */
function lastStage(): Map<string, string> {
  const stage = new Map<string, string>();
  for (const [, keyword = '', rest = ''] of text.matchAll(/^([A-Z]+) +(.+)$/gm)) {
    if (keyword === 'FROM') stage.clear();
    stage.set(keyword, [stage.get(keyword), rest].filter(Boolean).join('\n'));
  }
  return stage;
}

describe('what ships', () => {
  const stage = lastStage();

  it("runs as the images of 'npm run images' do", () => {
    expect({
      User: stage.get('USER'),
      Env: stage.get('ENV')?.split('\n'),
      WorkingDir: stage.get('WORKDIR'),
      Entrypoint: JSON.parse(stage.get('ENTRYPOINT') ?? ''),
    }).toEqual(IMAGE_CONFIG);
  });

  it('is the laid-out program on nothing, so that there is no shell, and no command runs in it', () => {
    expect(stage.get('FROM')).toBe('scratch');
    expect(stage.get('COPY')).toBe('--from=build /build/dist/rootfs/ /');
    expect([...stage.keys()].sort()).toEqual(['COPY', 'ENTRYPOINT', 'ENV', 'FROM', 'USER', 'WORKDIR']);
  });
});

describe('the build stage', () => {
  it('lays out the program that is named', () => {
    expect(text).toMatch(/^ARG PROGRAM\nRUN npm run rootfs -- \$\{PROGRAM\}$/m);
  });

  it('can be built on another image', () => {
    expect(text).toMatch(/^ARG BUILD_IMAGE=node:24-[a-z-]+\n\nFROM \$\{BUILD_IMAGE\} AS build$/m);
  });

  it('has the compiler of the programs in C, before anything that changes', () => {
    const install = text.indexOf(`apt-get install --yes --no-install-recommends ${COMPILER_PACKAGES}`);

    expect(install).toBeGreaterThan(text.indexOf(' AS build'));
    expect(install).toBeLessThan(text.indexOf('COPY'));
  });

  it.each(['wrapper', 'scripts', 'injector', 'src'])('gets the folder %s', (folder) => {
    const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n');

    expect(
      ignored.filter((pattern) => pattern.startsWith('!') || matchesGlob(folder, pattern) || pattern.startsWith(`${folder}/`)),
    ).toEqual([]);
  });
});
