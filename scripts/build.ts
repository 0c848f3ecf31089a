import { buildPrograms } from './build-programs.ts';

/** `npm run build`: both bundles, `dist/webhook/main.js` and `dist/injector/main.js`, with all that their images hold. */
await buildPrograms((line) => process.stdout.write(`${line}\n`));
