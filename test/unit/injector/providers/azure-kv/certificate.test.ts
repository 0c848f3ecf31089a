import { describe, expect, it } from 'vitest';
import { certificateValue } from '../../../../../injector/providers/azure-kv/certificate/value.ts';
import { parseTarget } from '../../../../../injector/providers/azure-kv/target.ts';
import { rsaCertificate } from '../../../../support/azure-certificates.ts';

const rsa = rsaCertificate();
const target = parseTarget('shop-vault/site', new Map([['type', 'certificate']]));

describe('certificateValue', () => {
  const secret = (value: string | undefined, contentType?: string) => ({
    ...(value === undefined ? {} : { value }),
    properties: { vaultUrl: 'https://v', name: 'site', ...(contentType === undefined ? {} : { contentType }) },
  });

  it.each([
    ['PKCS#12', rsa.pkcs12, 'application/x-pkcs12'],
    ['PEM', rsa.pem, 'application/x-pem-file'],
    ['PKCS#12 without its content type', rsa.pkcs12, undefined],
    ['PEM without its content type', rsa.pem, undefined],
  ])('makes the same map of %s', async (_what, value, contentType) => {
    const made = await certificateValue({ cer: rsa.cer, exportable: true }, secret(value, contentType), target);

    expect(made.kind === 'map' && made.map).toMatchObject({ certificate: rsa.chain[0], 'full-chain': rsa.chain.join('') });
  });

  it('says when a certificate is not issued yet', async () => {
    await expect(certificateValue({ cer: undefined, exportable: true }, secret('x'), target)).rejects.toMatchObject({
      code: 'not-found',
      message: 'certificate shop-vault/site is not issued yet',
    });
  });

  it.each([
    ['the key is missing', rsa.chain.join('')],
    ['it is something else', 'c4n4ry'],
    ['the key is that of another', rsaCertificate().pem],
    ['a block is broken', rsa.pem.replace('MII', '!!!')],
  ])('quotes nothing when %s', async (_what, value) => {
    const error: unknown = await certificateValue({ cer: rsa.cer, exportable: true }, secret(value), target).catch(
      (reason: unknown) => reason,
    );

    expect(error).toMatchObject({ code: 'protocol' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('c4n4ry');
  });
});
