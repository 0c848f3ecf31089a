#!/usr/bin/env node
// Plain JavaScript, because `npx` runs it with whatever Node is installed; the program itself is TypeScript and needs the
// project's own.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const ownNode = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const node = existsSync(ownNode) ? ownNode : Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined;

if (node === undefined) {
  console.error(`keyfirst needs Node 24 and runs on ${process.versions.node} here. Bring the project's own with: npm install --no-save`);
  process.exit(2);
}

const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
/** @type {NodeJS.Signals[]} */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of signals) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`keyfirst: ${node} does not start (${error.message}). Install the project's own Node again with: npm install --no-save`);
  process.exit(2);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
