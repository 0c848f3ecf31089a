import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CallerQuestion, whyNotCaller } from '../../../../src/tls/why-not-caller.ts';
import { makeCa, makeCaller, type Pair } from '../../../support/caller-certificates.ts';

let ca: Pair;
let middle: Pair;
let x509: (pair: Pair) => X509Certificate;
beforeAll(async () => {
  ca = await makeCa('callers');
  middle = await makeCa('middle', { issuer: ca });
  x509 = ({ cert }) => new X509Certificate(cert);
});

const ask = (certificate: Pair | undefined, more: Partial<CallerQuestion> = {}) =>
  whyNotCaller({
    certificate: certificate && x509(certificate),
    verifyError: undefined,
    authorities: [x509(ca)],
    names: [],
    now: new Date(),
    ...more,
  });
const refused = (problem: RegExp) => ({ status: 403, problem: expect.stringMatching(problem) });

describe('a caller', () => {
  it('whose certificate names nobody, or has nonsense for a date, is refused like any other', async () => {
    const nameless = await makeCaller(undefined, { issuer: await makeCa(undefined) });
    const when = x509(await makeCaller('x', { issuer: ca }));
    const undated = new Proxy(when, { get: (on, key) => (key === 'validToDate' ? new Date('nonsense') : Reflect.get(on, key, on)) });

    expect(ask(nameless)).toEqual(refused(/its issuer is without a name/));
    expect(ask(nameless, { authorities: [x509(await makeCa('x'))], names: ['x'] })).toEqual(refused(/without a name/));
    expect(ask(await makeCaller(undefined, { issuer: ca }), { names: ['x'] })).toEqual(refused(/none of the allowed names/));
    expect(ask(ca, { certificate: undated })).toEqual(refused(/valid from .* to no date/));
  });

  it('without a certificate is asked for one, whatever the handshake said', () => {
    for (const verifyError of [undefined, 'UNABLE_TO_GET_ISSUER_CERT'])
      expect(ask(undefined, { verifyError })).toEqual({ status: 401, problem: 'the caller showed no client certificate' });
  });

  it('with any certificate of the CA is let in where no name is asked for', async () => {
    expect(ask(await makeCaller('whoever', { issuer: ca }))).toBeUndefined();
    expect(ask(await makeCaller('', { issuer: ca }))).toBeUndefined();
  });

  it.each<[string, string, readonly string[], readonly string[], boolean]>([
    ['its common name', 'kube-apiserver', [], ['x', 'kube-apiserver'], true],
    ['a common name with a colon', 'system:apiserver', [], ['system:apiserver'], true],
    ['a DNS name', 'x', ['a.test', 'api.test'], ['api.test'], true],
    ['another common name', 'kube-apiserver', [], ['kube-apiserver-2'], false],
    ['a part of the common name', 'kube-apiserver', [], ['kube'], false],
    ['more than the common name', 'kube', [], ['kube-apiserver'], false],
    ['the common name in other letters', 'KUBE', [], ['kube'], false],
    ['a host below the name', 'x', ['api.test'], ['test'], false],
    ['a wildcard that would match', '*.test', ['*.test'], ['api.test'], false],
    ['two names in one', 'a,b', ['a.test,b.test'], ['b', 'b.test'], false],
    ['a common name that looks like a DNS name of the list', 'DNS:api.test', [], ['api.test'], false],
  ])('known by %s', async (_what, name, dnsNames, names, good) => {
    const answer = ask(await makeCaller(name, { issuer: ca, dnsNames }), { names });
    expect(answer).toEqual(good ? undefined : refused(/^the client certificate has none of the allowed names/));
  });

  it('is told its names on one line, and not which are allowed', async () => {
    const answer = ask(await makeCaller('me', { issuer: ca, dnsNames: ['me.test'] }), { names: ['api.test'] });
    expect(answer?.problem).toBe('the client certificate has none of the allowed names (it is for CN=me DNS:me.test)');
  });

  it.each<[string, (day: number) => object, RegExp]>([
    ['ended', (day) => ({ now: new Date(Date.now() + 2 * day) }), /^the client certificate is valid from .* to /],
    ['has not begun', (day) => ({ now: new Date(Date.now() - 2 * day) }), /^the client certificate is valid from/],
    ['is for servers', () => ({ verifyError: 'INVALID_PURPOSE' }), /is not for clients \(extended key usage clientAuth\)$/],
    ['failed otherwise', () => ({ verifyError: 'CERT_SIGNATURE_FAILURE' }), /^the client certificate does not verify \(CERT_SIG/],
    ['failed for a reason that nobody told', () => ({ verifyError: 'null' }), /^the client certificate does not verify/],
  ])('whose certificate %s is refused, with the reason', async (_what, more, problem) => {
    expect(ask(await makeCaller('api', { issuer: ca }), more(86_400_000))).toEqual(refused(problem));
  });

  it('whose CA is not in use is refused, also one by the same name, and also when the handshake took it', async () => {
    const issuer = await makeCa('callers');
    expect(ask(await makeCaller('api', { issuer }))).toEqual(refused(/^no CA in the file signed .* \(its issuer is CN=callers\)$/));
    expect(ask(await makeCaller('api', { issuer: ca }), { authorities: [] })).toEqual(refused(/^no CA in the file/));
  });

  it('of an intermediate CA needs that one in the file', async () => {
    const caller = await makeCaller('api', { issuer: middle });
    expect(ask(caller)).toEqual(refused(/its issuer is CN=middle/));
    expect(ask(caller, { authorities: [x509(ca), x509(middle)] })).toBeUndefined();
  });

  it('cannot write into the log what it likes: one line, of a bounded length', async () => {
    const issuer = await makeCa(`x\n${'y'.repeat(500)}`);
    const problem = ask(await makeCaller('api', { issuer }))?.problem ?? '';
    expect(problem).not.toMatch(/\p{Cc}/u);
    expect(problem.length).toBeLessThan(300);
  });
});
