import { readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPILER_PACKAGES } from '../../../scripts/build-wrapper.ts';
import { APP_DIRECTORY, IMAGE_CONFIG } from '../../../scripts/program-image.ts';

/** Instructions of the last stage, the one that ships. */
function lastStage(file: string): Map<string, string> {
  const instructions = readFileSync(file, 'utf8').matchAll(/^([A-Z]+) +(.+)$/gm);
  const stage = new Map<string, string>();
  for (const [, keyword = '', rest = ''] of instructions) {
    if (keyword === 'FROM') stage.clear();
    stage.set(keyword, [stage.get(keyword), rest].filter(Boolean).join('\n'));
  }
  return stage;
}

describe.each([
  ['Dockerfile', 'webhook'],
  ['injector/Dockerfile', 'injector'],
])('%s', (file, program) => {
  const stage = lastStage(file);

  it("runs as the image of 'npm run images' does", () => {
    expect({
      User: stage.get('USER'),
      Env: stage.get('ENV')?.split('\n'),
      WorkingDir: stage.get('WORKDIR'),
      Entrypoint: JSON.parse(stage.get('ENTRYPOINT') ?? ''),
    }).toEqual(IMAGE_CONFIG);
  });

  it('copies the whole bundle and nothing else, and runs no command', () => {
    expect(stage.get('COPY')).toBe(`--from=build /build/dist/${program}/ ${APP_DIRECTORY}/`);
    expect([...stage.keys()].sort()).toEqual(['COPY', 'ENTRYPOINT', 'ENV', 'FROM', 'USER', 'WORKDIR']);
  });

  it('builds what it copies', () => {
    expect(readFileSync(file, 'utf8')).toContain(`\nRUN npm run build -- ${program}\n`);
  });

  it('takes its base image from a build argument', () => {
    expect(stage.get('FROM')).toBe(`\${NODE_IMAGE}`);
    expect(readFileSync(file, 'utf8')).toMatch(/^ARG NODE_IMAGE=node:24-[a-z-]+$/m);
  });
});

describe('the build stage of injector/Dockerfile', () => {
  const text = readFileSync('injector/Dockerfile', 'utf8');

  it('has the compiler of the programs in C, before anything that changes', () => {
    const install = text.indexOf(`apt-get install --yes --no-install-recommends ${COMPILER_PACKAGES}`);

    expect(install).toBeGreaterThan(text.indexOf(' AS build'));
    expect(install).toBeLessThan(text.indexOf('COPY'));
  });

  it('makes the code caches with the Node of the image', () => {
    expect(text).toMatch(/^COPY --from=runtime \/usr\/local\/bin\/node \/usr\/local\/bin\/runtime-node$/m);
    expect(text).toMatch(/^RUN runtime-node scripts\/code-cache\.cjs dist\/injector /m);
  });

  it.each(['wrapper', 'scripts', 'injector', 'src'])('gets the folder %s', (folder) => {
    const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n');

    expect(
      ignored.filter((pattern) => pattern.startsWith('!') || matchesGlob(folder, pattern) || pattern.startsWith(`${folder}/`)),
    ).toEqual([]);
  });
});
