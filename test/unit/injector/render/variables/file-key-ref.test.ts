import { describe, expect, it } from 'vitest';
import { CHECK_FILE, fileKeyRefFile, fileKeyRefNameProblem } from '../../../../../injector/render/variables/file-key-ref.ts';

const SECRET = 's3cret';
const required = { suffix: '', emptyAllowed: false };
const optional = { suffix: '.1', emptyAllowed: true };
const text = (result: ReturnType<typeof fileKeyRefFile>) => (result.ok ? Buffer.from(result.value.bytes).toString() : result.what);
/** So many bytes, of which the last is no end of a line. */
const line = (bytes: number) => 'x'.repeat(bytes);

describe('variable by fileKeyRef', () => {
  it.each<[string, string]>([
    ['a word', SECRET],
    ['blanks, quotes and what a shell expands', ' "x" $HOME `ls` \\ # =\t'],
    ['line ends inside, at begin and end', '\n\na\n\nb\n'],
    ['CR that is no line end of CR and LF', '\ra\rb\n\rc\r'],
    ['characters beyond ASCII and a byte order mark', '\ufeffü€😀'],
    ['JSON', '{"a":[1,"b"]}'],
    ['lines of 65,535 bytes with name and quotes', `${line(65_532)}\n${line(65_535)}\n${line(65_534 - 65_535 + 20)}`.slice(0, 131_000)],
  ])('quotes %s', (_what, value) => {
    const result = fileKeyRefFile('A', Buffer.from(value), required);

    expect(text(result)).toBe(`A='${value}'\n`);
    expect(result).toMatchObject({ value: { path: 'A', mode: 0o400 } });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['a single quote', `${SECRET}'`, /single quote/],
    ['nothing', '', /is empty/],
    ['CR and LF', `${SECRET}\r\nx`, /CR and LF/],
    ['NUL', `${SECRET}\0`, /NUL byte/],
    ['no UTF-8', Buffer.concat([Buffer.from(SECRET), Buffer.of(0xff)]), /not valid UTF-8/],
    ['half a character', Buffer.of(0xed, 0xa0, 0x80), /not valid UTF-8/],
    ['a first line of 65,536 bytes with name and quote', `${line(65_533)}\n`, /65535 bytes/],
    ['an inner line of 65,536 bytes', `\n${line(65_536)}\n`, /65535 bytes/],
    ['a last line of 65,536 bytes with its quote', `\n${line(65_535)}`, /65535 bytes/],
    ['a single line of 65,536 bytes with name and quotes', line(65_532), /65535 bytes/],
    ['more than Linux takes in one variable', `${line(60_000)}\n${line(60_000)}\n${line(11_068)}`, /131073 bytes.*131072/],
  ])('refuses %s, without the value and with a way out', (_what, value, expected) => {
    const result = fileKeyRefFile('A', Buffer.from(value), required);

    expect(result).toMatchObject({ ok: false, what: expect.stringMatching(expected), remedy: expect.stringMatching(/file/i) });
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it('says that another delivery takes what only this one does not', () => {
    expect(fileKeyRefFile('A', Buffer.from("'"), required)).toMatchObject({
      remedy: 'Set the annotation `keyfirst.dev/env-delivery: exec`, which needs `command` in the container, or deliver it as a file.',
    });
    expect(fileKeyRefFile('A', Buffer.from('\0'), required)).toMatchObject({ remedy: expect.not.stringContaining('exec') });
  });

  it.each([undefined, new Uint8Array()])('writes a file that says nothing for an optional variable without a value (%s)', (value) => {
    const result = fileKeyRefFile('A', value, optional);

    expect(result).toMatchObject({ ok: true, value: { path: 'A.1', mode: 0o400 } });
    expect(text(result)).toMatch(/^#.*\n$/);
  });

  it('proves with a file of its own that the kubelet reads such files', () => {
    expect({ ...CHECK_FILE, bytes: Buffer.from(CHECK_FILE.bytes).toString() }).toEqual({
      path: 'KEYFIRST_CHECK',
      bytes: "KEYFIRST_CHECK='1'\n",
      mode: 0o400,
    });
  });

  it.each<[string, boolean]>([
    ['A', true],
    ['a.b-c/d', true],
    ['it\'s "x" #1', true],
    ['#A', false],
    [' A', false],
    ['A ', false],
  ])('finds the name %j: %s', (name, found) => {
    expect(fileKeyRefNameProblem(name) === undefined).toBe(found);
  });
});
