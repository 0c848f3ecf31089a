import { spawn } from 'node:child_process';

/** `npm run check`: format, lint with the direction rules between folders, types, dead code; all at once, all reported. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  'format and imports (biome)': ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  'lint and direction rules (oxlint)': ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
  'types (tsc)': ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'],
  'dead code (knip)': ['node_modules/knip/bin/knip.js', '--no-progress'],
};

const results = await Promise.all(Object.entries(CHECKS).map(async ([name, command]) => ({ name, ...(await run(command)) })));
for (const { name, code, output } of results) {
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (code !== 0) console.log(output.trimEnd());
}
const failed = results.filter(({ code }) => code !== 0).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function run(command: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}
