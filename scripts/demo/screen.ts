import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';

/** Where the demo speaks: plain lines, indented below their heading. */
export interface Screen {
  readonly colors: Colors;
  readonly say: (line: string) => void;
  readonly heading: (number: number, text: string) => void;
  readonly show: (lines: readonly string[]) => void;
  /** Something that was proved just now. */
  readonly check: (text: string) => void;
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Colours only on a terminal, and not where `NO_COLOR` is set. */
export function createScreen(output: Output, env: Readonly<Record<string, string | undefined>>): Screen {
  const colors = picocolors.createColors(output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
  const say = (line: string) => void output.write(`${line}\n`);
  const show = (lines: readonly string[]) => {
    for (const line of lines) say(line === '' ? '' : `   ${line}`);
  };
  return {
    colors,
    say,
    show,
    heading: (number, text) => say(`\n${colors.bold(`${number}  ${text}`)}`),
    check: (text) => show([`${colors.green('✓')} ${text}`]),
  };
}
