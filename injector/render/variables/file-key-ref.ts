import { CHECK_VARIABLE } from '../../../src/contract/names.ts';
import type { RenderedFile } from '../render.ts';
import { bad, good, type Result } from '../result.ts';
import { AS_A_FILE, kernelProblem } from './variable.ts';

/** The kubelet reads as root; nobody else mounts the volume. */
const MODE = 0o400;
/** Its parser reads lines by Go's `bufio.Scanner`, whose buffer of 64 KiB must hold a line and its end. */
const LONGEST_LINE = 65_535;
const REMEDY = `Set the annotation \`keyfirst.dev/env-delivery: exec\`, which needs \`command\` in the container, or ${AS_A_FILE}.`;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The file that proves to the check container that the kubelet reads such files. */
export const CHECK_FILE: RenderedFile = { path: CHECK_VARIABLE, bytes: Buffer.from(`${CHECK_VARIABLE}='1'\n`), mode: MODE };

/**
 * The file of one variable for `fileKeyRef`, `NAME='value'`, as the kubelet's parser reads it back byte by byte; what it
 * would not is refused, since it knows no escape. Without a value, or an empty one that may be (`emptyAllowed`), the file
 * says nothing: the kubelet leaves the variable out, while a missing file would fail the container though it is optional.
 */
export function fileKeyRefFile(
  name: string,
  value: Uint8Array | undefined,
  { suffix, emptyAllowed }: { suffix: string; emptyAllowed: boolean },
): Result<RenderedFile> {
  const file = (text: Uint8Array | string) => good({ path: name + suffix, bytes: Buffer.from(text), mode: MODE });
  if (value === undefined || (value.length === 0 && emptyAllowed)) return file('# optional, and without a value\n');
  const no = kernelProblem({ name, value });
  if (no !== undefined) return bad(no.what, no.remedy);
  const why = whyNot(name, value);
  if (why !== undefined) return bad(`the value cannot be handed over by \`fileKeyRef\`: ${why}`, REMEDY);
  return file(Buffer.concat([Buffer.from(`${name}='`), value, Buffer.from(`'\n`)]));
}

/** Why the kubelet would not find a variable of this name, or not read its file; undefined when it does. */
export function fileKeyRefNameProblem(name: string): string | undefined {
  if (name.startsWith('#')) return 'a line that begins with `#` is a comment to the kubelet';
  return name.trim() === name ? undefined : 'the kubelet takes blanks away from begin and end of a name';
}

function whyNot(name: string, value: Uint8Array): string | undefined {
  if (value.length === 0) return 'it is empty, which the kubelet takes for missing';
  if (value.includes(0x27)) return "it holds a single quote, for which the kubelet's parser has no escape";
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (bytes.includes('\r\n')) return 'it holds a line end of CR and LF, of which the kubelet drops the CR';
  try {
    utf8.decode(bytes);
  } catch {
    return 'it is not valid UTF-8, which a pod cannot hand to a container runtime';
  }
  return longestLine(name, bytes) > LONGEST_LINE
    ? `one line of it, with name and quotes, is longer than the ${LONGEST_LINE} bytes that the kubelet reads`
    : undefined;
}

/** Bytes of the longest line of the file, its end aside. */
function longestLine(name: string, value: Buffer): number {
  let longest = 0;
  let from = 0;
  let before = Buffer.byteLength(name) + 2;
  for (let end = value.indexOf('\n'); end >= 0; end = value.indexOf('\n', from)) {
    longest = Math.max(longest, before + end - from);
    from = end + 1;
    before = 0;
  }
  return Math.max(longest, before + value.length - from + 1);
}
