import { buildPrograms } from './build-programs.ts';

/**
 * `npm run build`: `dist/webhook/` and `dist/injector/`, each with all that its image holds: the bundle `main.js`, and for the
 * injector its programs in C. `npm run build -- webhook` builds one of them.
 */
await buildPrograms((line) => process.stdout.write(`${line}\n`), process.argv.slice(2));
