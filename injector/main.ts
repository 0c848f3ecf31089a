import { dirname, join } from 'node:path';
import { CONFIG_VARIABLE, ENV_DIRECTORY, SECRETS_DIRECTORY, TERMINATION_LOG, WRAPPER_NAME } from '../src/contract/names.ts';
import { systemClock } from './clock.ts';
import { bug } from './deliver-one.ts';
import { exitCode } from './exit-code.ts';
import { writeStdout } from './log.ts';
import { openStore } from './providers/registry.ts';
import { type Outcome, run } from './run.ts';
import { failureMessage } from './termination.ts';

/** Not imported, because the bundle would copy all its names. */
const fs = process.getBuiltinModule('node:fs');
const root = process.env.KEYFIRST_ROOT ?? '';

function finish({ exitCode: code, message }: Outcome): never {
  try {
    fs.writeFileSync(root + TERMINATION_LOG, message);
  } catch {
    // The log has everything; the exit code must not change because of the message.
  }
  // At once: idle connections to the store would hold the process.
  process.exit(code);
}

// Node's own end would be exit code 1, which belongs to the users, and would print a message that may quote a value.
process.on('uncaughtException', (error) => {
  const failure = { key: '', reference: '', ...bug(error) };
  writeStdout(`${JSON.stringify({ level: 'error', time: new Date().toISOString(), msg: 'nothing written', problem: failure.what })}\n`);
  finish({ exitCode: exitCode([failure]), message: failureMessage([failure], 1024) });
});

const stopped = new AbortController();
// PID 1 ignores a signal that nobody listens to; the kubelet would wait and kill.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopped.abort());

// In a pod the kubelet has made them; below a root of one's own they may be missing.
if (root !== '')
  for (const path of [SECRETS_DIRECTORY, ENV_DIRECTORY, dirname(TERMINATION_LOG)]) fs.mkdirSync(root + path, { recursive: true });

/** Beside the bundle; run from source, where the build puts it. */
function readWrapper(): Uint8Array {
  const main = process.argv[1] ?? '';
  return fs.readFileSync(join(dirname(main), main.endsWith('.ts') ? '../dist/injector' : '', 'bin', WRAPPER_NAME));
}

void run(process.env[CONFIG_VARIABLE], {
  root,
  open: openStore,
  fs,
  wrapper: readWrapper,
  clock: systemClock,
  random: Math.random,
  stopped: stopped.signal,
  writeLine: writeStdout,
}).then(finish);
