import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

/**
 * The bundle's `main.js`: runs `app.js` and the parts it asks for from the code caches that the build left beside them (see
 * `scripts/code-cache.cjs`), because compiling them costs a tenth of the whole run. V8 refuses a cache that another Node
 * made, and one that is missing is no matter: then it compiles.
 */
const own = createRequire(__filename);

function load(name: string): unknown {
  const file = `${__dirname}/${name}`;
  const known = own.cache[file];
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  // The registry of Node, so that a part is one, and tools see what is loaded.
  own.cache[file] = module as NodeJS.Module;
  const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: codeCache(file) });
  const require = (id: string) => (id.startsWith('./') ? load(id.slice(2)) : own(id));
  script.runInThisContext()(module.exports, require, module, file, __dirname);
  return module.exports;
}

function codeCache(file: string): Buffer | undefined {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

load('app.js');
