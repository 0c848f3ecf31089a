import { AWKWARD } from './e2e-values.ts';

/** What both deliveries hold: lines, all quotes but the single one, what the kubelet or a shell would expand. */
export const PLAIN = 'pässwörd → 鍵 "x" \\ `y` $(SECRET) $(HOME) $$\nsecond line\n';
/** What only the wrapper hands over: no UTF-8. */
export const BINARY = Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0x27, 0x01]);

/** By the name of a variable: a property of `secret/awkward` in Vault. Nothing holds a NUL. */
export const AWKWARD_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(AWKWARD)
    .filter((key) => key !== 'unicode')
    .map((key) => [key.replaceAll('-', '_').toUpperCase(), key]),
);

/** Lies at `secret/env` in Vault. */
export const ENV_SECRET = {
  plain: PLAIN,
  binary: BINARY.toString('base64'),
  other: 'for the web alone',
  crlf: 'first\r\nsecond',
  empty: '',
};
/** At `secret/env-all`: every key becomes a variable. */
export const ALL_SECRET = { user: 'shop', 'pass.word': "it's", port: 5432 };
