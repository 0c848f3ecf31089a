'use strict';

// Writes V8's code cache beside every part of the injector's bundle: `node scripts/code-cache.cjs dist/injector`. Run it with the
// Node that the image has; V8 refuses the cache of another one, and then compiles as without.
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const { Script } = require('node:vm');

const [, , folder = 'dist/injector'] = process.argv;
for (const name of readdirSync(folder)) {
  if (!name.endsWith('.js') || name === 'main.js') continue;
  const file = path.join(folder, name);
  // Every function, also those that only run later. The flag must be off again when the cache is made: V8 compares flags.
  v8.setFlagsFromString('--no-lazy');
  const script = new Script(readFileSync(file, 'latin1'), { filename: file });
  v8.setFlagsFromString('--lazy');
  writeFileSync(`${file}.cache`, script.createCachedData());
}
