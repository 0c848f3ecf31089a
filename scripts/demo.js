// `npm run demo`. Plain JavaScript, because Node 20 runs no TypeScript: it installs what is missing and hands over.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BootstrapError, bootstrap } from './bootstrap.js';

try {
  const child = spawn(bootstrap(), [fileURLToPath(new URL('./demo/main.ts', import.meta.url)), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // The demo cleans up when it is told to stop; this process only waits for it.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(`The demo cannot start. ${error.message}`);
  process.exitCode = 1;
}
