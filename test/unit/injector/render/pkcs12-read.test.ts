import forge from 'node-forge';
import { beforeAll, expect, it } from 'vitest';
import { readPkcs12 } from '../../../../injector/render/pkcs12-read/index.ts';
import { rsaCertificate } from '../../../support/azure-certificates.ts';

const { asn1 } = forge;
let file: Uint8Array;
beforeAll(() => {
  file = Buffer.from(rsaCertificate().pkcs12, 'base64');
});

/** Sets the number behind each salt, in the file and in what its byte strings hold. */
function withRounds(der: string, rounds: number): string {
  const change = (node: forge.asn1.Asn1): void => {
    if (!Array.isArray(node.value)) {
      if (node.type === asn1.Type.OCTETSTRING && node.value.startsWith('0\x82')) node.value = withRounds(node.value, rounds);
      return;
    }
    for (const [index, part] of node.value.entries()) {
      if (part.type === asn1.Type.INTEGER && node.value[index - 1]?.type === asn1.Type.OCTETSTRING)
        part.value = asn1.integerToDer(rounds).getBytes();
      else change(part);
    }
  };
  const root = asn1.fromDer(der);
  change(root);
  return asn1.toDer(root).getBytes();
}

it('refuses a file whose key derivation would take minutes, in which not even the deadline ends anything', () => {
  const rounds = (count: number) => Buffer.from(withRounds(Buffer.from(file).toString('binary'), count), 'binary');

  expect(readPkcs12(rounds(2_000_000_000), undefined)).toMatchObject({ ok: false, what: expect.stringMatching(/100000 rounds/) });
  expect(readPkcs12(rounds(3), undefined)).toMatchObject({ ok: false, what: expect.stringMatching(/cannot be opened/) });
  expect(readPkcs12(file, undefined)).toMatchObject({ ok: true });
});
