import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../../src/tls/authority.ts';
import { whyNotTrusted } from '../../../../src/tls/why-not-trusted.ts';

const NOW = new Date('2030-06-01T12:00:00Z');
const HOUR = 3_600_000;
const NAME = 's.n.svc';

interface Made {
  readonly cert: string;
  readonly key: string;
}

/** A certificate signed by `by`, or by itself. */
async function make(
  name: string | undefined,
  { by, ca = false, from = -HOUR, to = HOUR, names = [NAME], usage = {} }: Partial<Options> = {},
): Promise<Made> {
  const made = await generate(name === undefined ? [] : [{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(NOW.getTime() + from),
    notAfterDate: new Date(NOW.getTime() + to),
    ...(by === undefined ? {} : { ca: { key: by.key, cert: by.cert } }),
    extensions: [
      { name: 'basicConstraints', cA: ca, critical: true },
      ...(ca ? [{ name: 'keyUsage' as const, keyCertSign: true, critical: true }] : []),
      ...(Object.keys(usage).length > 0 ? [{ name: 'extKeyUsage' as const, ...usage }] : []),
      ...(names.length > 0 ? [{ name: 'subjectAltName' as const, altNames: names.map((value) => ({ type: 2 as const, value })) }] : []),
    ],
  });
  return { cert: `${made.cert}\n`, key: made.private };
}
interface Options {
  readonly by: Made;
  readonly ca: boolean;
  readonly from: number;
  readonly to: number;
  readonly names: string[];
  readonly usage: { serverAuth?: boolean; clientAuth?: boolean };
}

const why = (certificate: string, bundle: string, now = NOW) =>
  whyNotTrusted({ certificate, bundle: Buffer.from(bundle).toString('base64'), name: NAME, now });

let root: Made;
let middle: Made;
let leaf: Made;
let below: Made;
let alone: Made;
let nameless: Made;

beforeAll(async () => {
  [root, alone, nameless] = await Promise.all([make('root', { ca: true, names: [] }), make('alone'), make(undefined)]);
  [middle, leaf] = await Promise.all([
    make('middle', { by: root, ca: true, names: [] }),
    make('leaf', { by: root, usage: { serverAuth: true } }),
  ]);
  below = await make('below', { by: middle });
});

describe('whyNotTrusted', () => {
  it.each<[string, () => [string, string]]>([
    ['signed by a CA in the bundle', () => [leaf.cert, root.cert]],
    ['… among others', () => [leaf.cert, `# note\n${alone.cert}${root.cert}`]],
    ['by way of one that comes along', () => [below.cert + middle.cert, root.cert]],
    ['… with more than is needed', () => [below.cert + leaf.cert + middle.cert + root.cert, root.cert]],
    ['the one between is itself in the bundle', () => [below.cert, middle.cert]],
    ['the certificate is itself in the bundle', () => [alone.cert, alone.cert]],
  ])('trusts what is %s', (_what, given) => {
    expect(why(...given())).toBeUndefined();
  });

  it('trusts what Keyfirst issues', async () => {
    const issued = await issueCertificate({ podName: 'p', service: 's', namespace: 'n', now: NOW, lifetime: 30_000 });

    expect(why(issued.certificate, issued.ca)).toBeUndefined();
    expect(why(issued.certificate, root.cert)).toMatch(
      /no CA that signed the certificate \(its issuer is CN=keyfirst p, O=n, OU=2030-06-01T12:00:00\.000Z\)/,
    );
  });

  it.each<[string, () => [string, string], RegExp]>([
    ['an empty bundle', () => [leaf.cert, ''], /^caBundle is empty$/],
    ['a bundle without certificates', () => [leaf.cert, 'hello'], /^caBundle holds no certificate$/],
    ['no certificate', () => ['', root.cert], /there is no certificate/],
    ['another CA', () => [leaf.cert, alone.cert], /no CA that signed the certificate \(its issuer is CN=root\)/],
    ['one between that did not come along', () => [below.cert, root.cert], /its issuer is CN=middle/],
    ['another CA, without a name of its own', () => [nameless.cert, root.cert], /\(its issuer is without a name\)/],
    ['a bundle that holds only another leaf of the CA', () => [below.cert + middle.cert, leaf.cert], /no CA that signed/],
  ])('says what is wrong: %s', (_what, given, message) => {
    expect(why(...given())).toMatch(message);
  });

  it('wants the name of the Service, and does not take it from the subject', async () => {
    const other = await make('x', { by: root, names: ['other.n.svc'] });
    const inSubject = await make(NAME, { by: root, names: [] });
    const wildcard = await make('x', { by: root, names: ['*.n.svc'] });

    expect(why(other.cert, root.cert)).toBe('the certificate is for DNS:other.n.svc, and the API server calls s.n.svc');
    expect(why(inSubject.cert, root.cert)).toMatch(/^the certificate is for no name/);
    expect(why(wildcard.cert, root.cert)).toBeUndefined();
  });

  it('wants a certificate for servers', async () => {
    const client = await make('x', { by: root, usage: { clientAuth: true } });

    expect(why(client.cert, root.cert)).toMatch(/not for servers/);
  });

  it('wants all of the way to be in time; what begins soon is taken, because our clock may be behind', async () => {
    const [early, soon, oldRoot] = await Promise.all([
      make('early', { by: root, from: 2 * HOUR, to: 3 * HOUR }),
      make('soon', { by: root, from: HOUR / 2, to: 3 * HOUR }),
      make('old root', { ca: true, from: -3 * HOUR, to: -HOUR, names: [] }),
    ]);
    const ofOld = await make('x', { by: oldRoot });

    expect(why(early.cert, root.cert)).toMatch(/valid from 2030-06-01T14:00:00/);
    expect(why(soon.cert, root.cert)).toBeUndefined();
    expect(why(leaf.cert, root.cert, new Date(NOW.getTime() + 2 * HOUR))).toMatch(/valid from .* to 2030-06-01T13:00:00/);
    expect(why(ofOld.cert, oldRoot.cert)).toMatch(/has expired/);
  });

  it('ends on two that signed one another', async () => {
    const first = await make('a', { ca: true, names: [] });
    const second = await make('b', { by: first, ca: true, names: [] });
    const crossed = await make('a', { by: second, ca: true, names: [] });
    const last = await make('x', { by: second });

    expect(why(last.cert + second.cert + first.cert + crossed.cert, root.cert)).toMatch(/no CA that signed/);
  });
});
