import { cpus } from 'node:os';
import { FOUND } from './found.ts';
import type { TargetResult } from './run-target.ts';

/** One line of progress; a failure with how to see it again. */
export function resultLine({ name, inputs, milliseconds, slowest, slowestInput, growth, failures }: TargetResult): string {
  const line = `${name.padEnd(16)} ${String(inputs).padStart(7)} inputs  ${(milliseconds / 1000).toFixed(1).padStart(6)} s  slowest ${slowest.toFixed(1)} ms  heap +${growth.toFixed(1)} MiB`;
  const slow = slowest > 25 ? [`    slowest: ${slowestInput}`] : [];
  const bad = failures.map(
    ({ seed, path, problem, input }) =>
      `  FAILED ${problem}\n    input: ${input}\n    again: npm run fuzz -- ${name} --seed ${seed} --path ${path}`,
  );
  return [line, ...slow, ...bad].join('\n');
}

/** docs/fuzzing.md. */
export function reportMarkdown(results: readonly TargetResult[], run: { seed: number; seconds: number; threads: number }): string {
  const total = results.reduce((sum, { inputs }) => sum + inputs, 0);
  const failures = results.flatMap(({ failures: all }) => all).length;
  return `# Fuzzing

Everything that Keyfirst reads was written by somebody else: reviews, annotations, references, YAML, settings, answers of stores. \`npm run fuzz\`
gives all of it a million generated hostile inputs (valid ones damaged, built by the grammar, raw, repeated, nested) and writes this page; \`npm test\` runs a
short form. Each input is made from a seed, and a failure is printed with the command that runs it again and makes it smaller.

What must hold for every input:

- it ends in a result or in the typed error of its parser, never in another exception;
- it takes at most 50 ms of a processor, where the table does not say otherwise; one that takes longer is run six times more and the least counts;
- the prototypes that everything shares stay as they are, and no result has a prototype of the input;
- memory: a thread with 512 MiB of heap and the stack of a program's main thread suffices, and after collection at most 32 MiB more stay than at the start;
- no message holds the text of a pasted secret or a value of a store; messages and their number are bounded, and the answer to the API server has at most 8,192 characters;
- what is written reads back, and stays inside its volume.

## The last run

${total.toLocaleString('en')} inputs in ${run.seconds} s with ${run.threads} threads on ${cpus()[0]?.model ?? 'an unknown processor'}, seed ${run.seed}: ${failures === 0 ? 'no failure' : `${failures} failures`}.

| Target | What it parses | Inputs | Slowest input, ms | Heap that stayed, MiB | Failures |
|---|---|---|---|---|---|
${results.map(({ name, parses, inputs, slowest, growth, failures: bad }) => `| ${name} | ${parses} | ${inputs.toLocaleString('en')} | ${slowest.toFixed(1)} | ${growth.toFixed(1)} | ${bad.length} |`).join('\n')}

## What it found

Each has its own test where its code is tested.

| Input | What happened | What was done | Found by |
|---|---|---|---|
${FOUND.map(({ by, input, happened, fix }) => `| ${input} | ${happened} | ${fix} | ${by === 'run' ? 'a run' : by} |`).join('\n')}
`;
}
