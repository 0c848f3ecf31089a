import { globSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';

/**
 * The webhook as ES modules; what `import()` loads becomes a chunk of its own. Measured with all its libraries, listening on
 * TLS: ESM 420 to 450 ms, CommonJS 500 to 550 ms. CommonJS dependencies find `require` and their own place by the banner.
 */
export function webhookBundle(outdir: string): BuildOptions {
  return {
    ...common,
    entryPoints: { main: 'src/main.ts' },
    outdir,
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    banner: {
      js: [
        `import { createRequire as bannerCreateRequire } from 'node:module';`,
        'const require = bannerCreateRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;',
      ].join('\n'),
    },
  };
}

/**
 * The injector as CommonJS, since Node's ES module loader alone costs 25 ms: `app.js`, beside it one file for each part that is
 * loaded only when used (a provider, or a way of rendering that needs a library). Each is the text of one function, which
 * `main.js`, the injector's start, runs from its code cache.
 *
 * No flag of V8 helped: `--single-threaded`, `--v8-pool-size=0`, `--max-semi-space-size`, `--min-semi-space-size`, `--lite-mode`
 * and `--no-opt` were as fast or slower and saved at most 2 MB of 55; nor did a start-up snapshot, which itself costs 12 ms.
 */
export function injectorBundle(outdir: string): BuildOptions {
  const parts = globSync('injector/{config,providers,render}/*/index.ts')
    .map((file) => ({ in: file, out: basename(dirname(file)) }))
    .sort((a, b) => a.out.localeCompare(b.out));
  return {
    ...common,
    entryPoints: [{ in: 'injector/main.ts', out: 'app' }, ...parts],
    outdir,
    format: 'cjs',
    // As `injector/boot.ts` runs it. Put on here, so that no start has to copy the text for it.
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    // Code caches are for text that is read byte by byte.
    charset: 'ascii',
    // Makes `import()` a `require()`.
    supported: { 'dynamic-import': false },
    plugins: [separateParts(new Map(parts.map((part) => [resolve(part.in), part.out])))],
    alias: {
      ...Object.fromEntries(['debug', 'https'].map((name) => [name, './injector/providers/azure-kv/unused.cjs'])),
      // The AWS clients load their ways to find credentials and to speak HTTP, in place of which they have ours.
      ...Object.fromEntries(
        ['@aws-sdk/credential-provider-node', '@smithy/node-http-handler', 'bowser'].map((name) => [
          name,
          './injector/providers/aws/unused.cjs',
        ]),
      ),
      // What they ship as ES modules can be trimmed, the CommonJS form cannot: 300 in place of 800 kB.
      ...Object.fromEntries(
        ['@smithy/signature-v4', '@smithy/types', '@aws-sdk/client-ssm', '@aws-sdk/client-secrets-manager'].map((name) => [
          name,
          `./node_modules/${name}/dist-es/index.js`,
        ]),
      ),
    },
  };
}

/** What starts the injector: `main.js`. */
export function injectorStart(outdir: string): BuildOptions {
  return { ...common, entryPoints: { main: 'injector/boot.ts' }, outdir, format: 'cjs' };
}

const common = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Names stay whole, so that a stack can be read and `constructor.name` holds; shorter ones start no faster.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
  // Both would go unnoticed until the line runs.
  logOverride: { 'empty-import-meta': 'error', 'require-resolve-not-external': 'error' },
} satisfies BuildOptions;

/** `import('<path>/<part>/index.ts')` stays outside the bundle, as `./<part>.js`; `known` has names by absolute path. */
function separateParts(known: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'separate-parts',
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\/.*\/index\.ts$/ }, ({ path, kind, resolveDir }) => {
        const part = kind === 'dynamic-import' ? known.get(resolve(resolveDir, path)) : undefined;
        return part === undefined ? undefined : { path: `./${part}.js`, external: true };
      });
    },
  };
}
