import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { injectorBundle, webhookBundle } from '../../../scripts/bundles.ts';
import { thirdPartyLicenses } from '../../../scripts/third-party-licenses.ts';

type Bundle = BuildResult<BuildOptions & { metafile: true; write: false }>;
const bundle = (options: BuildOptions): Promise<Bundle> => build({ ...options, metafile: true, write: false });
const texts = ({ outputFiles }: Bundle) => new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
const inputs = ({ metafile }: Bundle) => Object.keys(metafile.inputs);

describe('the injector', () => {
  let first: Bundle;
  beforeAll(async () => {
    first = await bundle(injectorBundle('dist/injector'));
  });

  it('is one file and one for each provider', () => {
    expect([...texts(first).keys()].sort()).toEqual(['dev.js', 'main.js', 'vault.js']);
  });

  it('loads a provider by require, and none of them in main.js', () => {
    const main = first.metafile.outputs['dist/injector/main.js'];

    expect(main?.imports).toEqual(
      expect.arrayContaining(['vault', 'dev'].map((name) => expect.objectContaining({ path: `./${name}.js`, external: true }))),
    );
    expect(Object.keys(main?.inputs ?? {}).filter((file) => /providers\/[^/]+\//.test(file) || file.includes('node-vault'))).toEqual([]);
    expect(texts(first).get('main.js')).toMatch(/require\("\.\/vault\.js"\)/);
  });

  it('requires nothing outside Node and its own files', () => {
    const imports = Object.values(first.metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));

    expect(imports.filter((path) => !path.startsWith('./') && createRequire(import.meta.url).resolve.paths(path) !== null)).toEqual([]);
  });

  it('leaves out what costs start-up time', () => {
    expect(inputs(first).filter((file) => /node_modules\/(axios|debug|tv4|pino|zod\/v4\/classic)\//.test(file))).toEqual([]);
  });

  it('gives the same bytes twice', async () => {
    expect(texts(await bundle(injectorBundle('dist/injector')))).toEqual(texts(first));
  });

  it('ships the licence of every package it holds', async () => {
    expect(await thirdPartyLicenses(first.metafile)).toMatch(/node-vault \S+ \(MIT\)[\s\S]+zod \S+ \(MIT\)/);
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

  it('ships the licence of every package it holds', async () => {
    expect(await thirdPartyLicenses(first.metafile)).toMatch(/@kubernetes\/client-node \S+ \(Apache-2\.0\)[\s\S]+fastify \S+ \(MIT\)/);
  });
});
