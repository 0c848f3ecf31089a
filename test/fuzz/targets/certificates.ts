import fc from 'fast-check';
import forge from 'node-forge';
import type { SecretValue } from '../../../injector/providers/value.ts';
import { toPem, toPkcs12 } from '../../../injector/render/certificates/index.ts';
import { rsaCertificate } from '../../support/azure-certificates.ts';
import { damaged, repeated } from '../generate/text.ts';
import { CANARY, checkMessages, holds } from '../laws.ts';
import { target } from '../target.ts';

/** Not from the seed: a key is new in each run, what is done to it is not. */
const real = rsaCertificate();
const p12 = Buffer.from(real.pkcs12, 'base64');
const PEM_PIECES = [
  '-----BEGIN CERTIFICATE-----\n',
  '-----END CERTIFICATE-----\n',
  '-----BEGIN PRIVATE KEY-----\n',
  '-----BEGIN ',
  '-----',
  '\n',
  'AAAA',
  '=',
  'ENCRYPTED',
  CANARY,
  ' PRIVATE KEY',
];

/** DER with bytes changed, cut out or put in: lengths lie, tags are others. */
const brokenDer = (der: Uint8Array) =>
  fc
    .array(
      fc.record({
        at: fc.nat(der.length),
        kind: fc.nat(3),
        byte: fc.oneof(fc.constantFrom(0, 0x80, 0x84, 0xff, 0x30, 0x24, 0x04, 0x02), fc.nat(255)),
        length: fc.nat(16),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((edits) =>
      edits.reduce((bytes, { at, kind, byte, length }) => {
        const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
        if (kind === 0) return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
        if (kind === 1) return Buffer.concat([before, after.subarray(length)]);
        if (kind === 2) return Buffer.concat([before, Buffer.alloc(length, byte), after]);
        return before;
      }, Buffer.from(der)),
    );

/** Indefinite, nested and enormous lengths. */
const derBombs = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }).map((depth) => Buffer.from('3080'.repeat(depth), 'hex')),
  fc.integer({ min: 1, max: 10_000 }).map((depth) => Buffer.concat([Buffer.from('3084ffffffff'.repeat(depth), 'hex')])),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.of(0x30), bytes])),
);

const sources: fc.Arbitrary<SecretValue> = fc.oneof(
  { weight: 4, arbitrary: brokenDer(p12).map((bytes): SecretValue => ({ kind: 'bytes', bytes })) },
  { weight: 2, arbitrary: derBombs.map((bytes): SecretValue => ({ kind: 'bytes', bytes })) },
  { weight: 3, arbitrary: damaged(fc.constant(real.pem), PEM_PIECES).map((text): SecretValue => ({ kind: 'text', text })) },
  { weight: 2, arbitrary: repeated(32_768, PEM_PIECES).map((text): SecretValue => ({ kind: 'text', text })) },
  {
    weight: 2,
    arbitrary: damaged(fc.constant(real.chain[0] ?? ''), PEM_PIECES).map(
      (text): SecretValue => ({ kind: 'map', map: { certificate: text, chain: real.chain[1] ?? '', 'private-key': text + CANARY } }),
    ),
  },
);

export const certificates = target({
  name: 'certificates',
  parses: 'PEM and PKCS#12; opening a good one takes the time of its key derivation, so the bound is 500 ms',
  share: 10,
  bound: 500,
  inputs: fc.tuple(sources, fc.constantFrom(undefined, '', 'secret')),
  async run([source, password]) {
    const pem = await toPem(source, password);
    if (!pem.ok) checkMessages([pem.what, pem.remedy], { length: 1_000 });
    else holds(Buffer.from(pem.value).includes('-----BEGIN CERTIFICATE-----'), 'no certificate came out');
    if (source.kind !== 'bytes') return;
    const twelve = await toPkcs12({ kind: 'bytes', bytes: source.bytes.subarray(0, 40) }, password);
    if (!twelve.ok) checkMessages([twelve.what, twelve.remedy], { length: 1_000 });
  },
});

/** Key derivations that never end. */
export const derivations = target({
  name: 'pkcs12-work',
  parses: 'PKCS#12 that asks for ever more rounds of key derivation, up to the limit of it',
  share: 1,
  most: 40,
  bound: 12_000,
  inputs: fc.constantFrom(100_000, 1_000_000, 10_000_000, 2_000_000_000, 2 ** 40).map((rounds) => withRounds(p12, rounds)),
  async run(bytes) {
    const result = await toPem({ kind: 'bytes', bytes }, undefined);
    if (!result.ok) checkMessages([result.what, result.remedy], { length: 1_000 });
  },
});

/** The same file with another number of rounds wherever one stands. */
function withRounds(file: Buffer, rounds: number): Buffer {
  const { asn1 } = forge;
  const change = (node: forge.asn1.Asn1): void => {
    if (
      node.type === asn1.Type.INTEGER &&
      typeof node.value === 'string' &&
      [1, 2048].includes(Number.parseInt(forge.util.bytesToHex(node.value), 16))
    ) {
      const hex = rounds.toString(16);
      node.value = forge.util.hexToBytes(
        hex.length % 2 === 0 ? (Number.parseInt(hex.slice(0, 2), 16) > 127 ? `00${hex}` : hex) : `0${hex}`,
      );
    }
    if (Array.isArray(node.value)) for (const inner of node.value) change(inner);
  };
  const root = asn1.fromDer(file.toString('binary'));
  const version = Array.isArray(root.value) ? root.value[0]?.value : undefined;
  change(root);
  if (Array.isArray(root.value) && root.value[0] !== undefined && version !== undefined) root.value[0].value = version;
  return Buffer.from(asn1.toDer(root).getBytes(), 'binary');
}
