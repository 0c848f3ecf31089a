import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledPackages } from '../../../scripts/bundled-packages.ts';
import { injectorBundle, injectorStart, webhookBundle } from '../../../scripts/bundles.ts';
import { sbom } from '../../../scripts/sbom.ts';
import { thirdPartyLicenses } from '../../../scripts/third-party-licenses.ts';
import { PROVIDERS } from '../../../src/contract/provider.ts';

type Bundle = BuildResult<BuildOptions & { metafile: true; write: false }>;
const bundle = (options: BuildOptions): Promise<Bundle> => build({ ...options, metafile: true, write: false });
const texts = ({ outputFiles }: Bundle) => new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
const inputs = ({ metafile }: Bundle) => Object.keys(metafile.inputs);

describe('the injector', () => {
  let first: Bundle;
  beforeAll(async () => {
    first = await bundle(injectorBundle('dist/injector'));
  });

  it('is one file, one for each provider, one for each way of rendering that needs a library and one for variables', () => {
    expect([...texts(first).keys()].sort()).toEqual(
      [...PROVIDERS, 'app', 'schema', 'jmespath', 'template', 'variables', 'certificates', 'pkcs12-read', 'pkcs12-write']
        .map((name) => `${name}.js`)
        .sort(),
    );
  });

  it('loads each of them by require where it is used, and none of them in app.js', () => {
    const main = first.metafile.outputs['dist/injector/app.js'];
    const required = (name: string) => {
      const paths = first.metafile.outputs[`dist/injector/${name}.js`]?.imports.map(({ path }) => path) ?? [];
      return [...new Set(paths)].filter((path) => path.startsWith('./')).sort();
    };

    expect(required('app')).toEqual(
      [...PROVIDERS, 'schema', 'jmespath', 'template', 'variables', 'certificates'].map((name) => `./${name}.js`).sort(),
    );
    expect(required('variables')).toEqual(['certificates', 'jmespath', 'template'].map((name) => `./${name}.js`));
    expect(required('certificates')).toEqual(['./pkcs12-read.js', './pkcs12-write.js']);
    expect(Object.keys(main?.inputs ?? {}).filter((file) => /(providers|render)\/[^/]+\//.test(file))).toEqual([]);
    expect(Object.keys(main?.inputs ?? {}).filter((file) => file.includes('node_modules'))).toEqual([]);
    expect(texts(first).get('app.js')).toMatch(/require\("\.\/vault\.js"\)/);
  });

  it('requires nothing outside Node and its own files', () => {
    const imports = Object.values(first.metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));

    expect(imports.filter((path) => !path.startsWith('./') && createRequire(import.meta.url).resolve.paths(path) !== null)).toEqual([]);
  });

  it('leaves out what costs start-up time', () => {
    expect(inputs(first).filter((file) => /node_modules\/(axios|debug|pino|zod\/v4\/classic)\//.test(file))).toEqual([]);
  });

  it('is started by a file that bundles nothing', async () => {
    const start = await bundle(injectorStart('dist/injector'));

    expect([[...texts(start).keys()], inputs(start)]).toEqual([['main.js'], ['injector/boot.ts']]);
  });

  it('gives the same bytes twice', async () => {
    expect(texts(await bundle(injectorBundle('dist/injector')))).toEqual(texts(first));
  });

  it('ships the licence of every package it holds', async () => {
    expect(await thirdPartyLicenses(await bundledPackages(first.metafile))).toMatch(/liquidjs \S+ \(MIT\)[\s\S]+zod \S+ \(MIT\)/);
  });
});

describe('the webhook', () => {
  let first: Bundle;
  beforeAll(async () => {
    first = await bundle(webhookBundle('dist/webhook'));
  });

  it('has the Kubernetes client outside main.js, which certificate files do not need', () => {
    const main = first.metafile.outputs['dist/webhook/main.js'];

    expect(Object.keys(main?.inputs ?? {}).filter((file) => file.includes('@kubernetes/client-node'))).toEqual([]);
  });

  it('gives the same bytes twice', async () => {
    expect(texts(await bundle(webhookBundle('dist/webhook')))).toEqual(texts(first));
  });

  it('lists each package once, also one that is installed in two places', async () => {
    const packages = await bundledPackages(first.metafile);
    const names = packages.map(({ name, version }) => `${name}@${version}`);

    expect(new Set(names).size).toBe(names.length);
    // What the library calls a second part of the same name.
    expect(sbom({ program: 'webhook', version: '1.0.0', node: '24.0.0', packages })).not.toContain('BomRef.');
  });

  it('ships the licence of every package it holds', async () => {
    expect(await thirdPartyLicenses(await bundledPackages(first.metafile))).toMatch(
      /@kubernetes\/client-node \S+ \(Apache-2\.0\)[\s\S]+fastify \S+ \(MIT\)/,
    );
  });
});
