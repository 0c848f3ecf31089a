import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../../src/tls/authority.ts';
import { foreignEntries, MOST_ENTRIES, mergeCaBundle } from '../../../../src/tls/ca-bundle.ts';
import { ownerOfCa } from '../../../../src/tls/ca-name.ts';

const NOW = new Date('2030-06-01T12:00:00Z');
const HOUR = 3_600_000;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const text = (bundle: string) => Buffer.from(bundle, 'base64').toString();
const certificates = (bundle: string) =>
  (text(bundle).match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----\n/g) ?? []).map((pem) => new X509Certificate(pem));

async function ca(podName: string, age = 0, { lifetime = 23 * HOUR, namespace = 'n' } = {}): Promise<string> {
  const issued = await issueCertificate({ podName, service: 's', namespace, now: new Date(NOW.getTime() - age), lifetime });
  return issued.ca;
}

async function foreign(age = 0): Promise<string> {
  const notBeforeDate = new Date(NOW.getTime() - age);
  const made = await generate([{ name: 'commonName', value: 'corporate CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate: new Date(notBeforeDate.getTime() + 1000 * HOUR),
  });
  return `${made.cert}\n`;
}

let mine: string;
let mineBefore: string;
let other: string;
let otherExpired: string;
let otherJustExpired: string;
let corporate: string;

beforeAll(async () => {
  [mine, mineBefore, other, otherExpired, otherJustExpired, corporate] = await Promise.all([
    ca('me'),
    ca('me', 5 * HOUR),
    ca('you'),
    ca('gone', 26 * HOUR),
    ca('late', 24.5 * HOUR),
    foreign(),
  ]);
});

const holds = (bundle: string, pem: string) => text(bundle).includes(pem);
const own = () => ({ podName: 'me', namespace: 'n', certificates: [mine] });
const merge = (bundle: string) => mergeCaBundle(bundle, own(), NOW);

describe('mergeCaBundle', () => {
  it('adds our CA to an empty bundle', () => {
    const merged = merge('');

    expect(merged.changed).toBe(true);
    expect(text(merged.bundle)).toBe(mine);
  });

  it('changes nothing when all is there, also behind others', () => {
    expect(merge(base64(mine + other))).toMatchObject({ changed: false, bundle: base64(mine + other) });
    expect(merge(base64(corporate + other + mine)).changed).toBe(false);
  });

  it('keeps the entries of others in their order and adds ours at the end', () => {
    expect(text(merge(base64(other + corporate)).bundle)).toBe(other + corporate + mine);
  });

  it.each([
    ['not PEM', () => 'hello'],
    ['PEM around nothing', () => '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['PEM around no certificate', () => '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n'],
    ['a cut certificate', () => other.slice(0, 300)],
    ['a private key', () => '-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n'],
    ['an expired CA', () => otherExpired],
    ['an older CA of our own pod', () => mineBefore],
  ])('drops %s', (_what, entry) => {
    expect(text(merge(base64(entry())).bundle)).toBe(mine);
    expect(text(merge(base64(`${other}${entry()}\n${corporate}`)).bundle)).toBe(other + corporate + mine);
  });

  it('counts what it drops', () => {
    expect(merge(base64(otherExpired + mineBefore + other)).dropped).toEqual({ expired: 1, replaced: 1, gone: 0, surplus: 0 });
  });

  it('keeps an entry that ended within the hour, because our clock may be ahead', () => {
    expect(text(merge(base64(otherJustExpired)).bundle)).toBe(otherJustExpired + mine);
  });

  it('keeps both of our CAs during a renewal', () => {
    const merged = mergeCaBundle(base64(mineBefore), { ...own(), certificates: [mineBefore, mine] }, NOW);

    expect(text(merged.bundle)).toBe(mineBefore + mine);
  });

  it('does not drop our own CA in use, expired or not', () => {
    const late = new Date(NOW.getTime() + 48 * HOUR);

    expect(mergeCaBundle(base64(mine), own(), late)).toMatchObject({ changed: false });
  });

  it('reads CRLF, missing last line ends and doubles, and writes them as Go reads them', () => {
    expect(text(merge(base64(`# note\r\n${other.replaceAll('\n', '\r\n')}${other}${corporate.trimEnd()}`)).bundle)).toBe(
      other + corporate + mine,
    );
  });

  it.each([
    [4, MOST_ENTRIES - 3, 4, MOST_ENTRIES - 5],
    [MOST_ENTRIES - 3, 4, MOST_ENTRIES - 5, 4],
    [160, 60, 149, 50],
    [100, 100, 100, 99],
  ])(
    'is bounded: of %i CAs of other pods and %i entries of people stay %i and %i',
    async (pods, people, podsLeft, peopleLeft) => {
      const aged = await Promise.all(Array.from({ length: pods }, (_, index) => ca(`pod-${index}`, index * 60_000)));
      const put = await Promise.all(Array.from({ length: people }, () => foreign()));

      const merged = merge(base64([...aged, ...put].join('')));
      const left = certificates(merged.bundle).map(({ subject }) => ownerOfCa(subject));

      expect(left).toHaveLength(MOST_ENTRIES);
      expect(left.filter((owner) => owner === undefined)).toHaveLength(peopleLeft);
      // The earliest go; later in this list is earlier in time.
      expect(left.flatMap((owner) => (owner === undefined ? [] : [owner.podName]))).toEqual([
        ...Array.from({ length: podsLeft }, (_, index) => `pod-${index}`),
        'me',
      ]);
      expect(merged.dropped.surplus).toBe(pods + people - podsLeft - peopleLeft);
      expect(merge(merged.bundle).changed).toBe(false);
    },
    60_000,
  );

  it('twice equals once, keeps every valid entry of others, and always holds ours, whatever was there', () => {
    const piece = fc.oneof(
      fc.constantFrom('mine', 'mineBefore', 'other', 'otherExpired', 'corporate').map((name) => ({ name })),
      fc.string({ unit: 'binary' }).map((noise) => ({ noise: `${noise.replaceAll('-', '')}\n` })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const pems: Record<string, string> = { mine, mineBefore, other, otherExpired, corporate };
        const before = pieces.map((entry) => ('name' in entry ? (pems[entry.name] ?? '') : entry.noise)).join('');

        const once = merge(base64(before));
        const twice = merge(once.bundle);

        expect(twice).toMatchObject({ bundle: once.bundle, changed: false, dropped: { expired: 0, replaced: 0, gone: 0, surplus: 0 } });
        expect(holds(once.bundle, mine)).toBe(true);
        expect(holds(once.bundle, mineBefore)).toBe(false);
        for (const name of ['other', 'corporate'])
          expect(holds(once.bundle, pems[name] ?? '')).toBe(pieces.some((entry) => 'name' in entry && entry.name === name));
        expect(once.changed).toBe(once.bundle !== base64(before));
      }),
      { numRuns: 200 },
    );
  });

  it('never throws, whatever bytes are there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (bundle) => holds(merge(bundle).bundle, mine)),
      { numRuns: 200 },
    );
  });
});

const print = (pem: string) => new X509Certificate(pem).fingerprint256;

describe('entries of pods that are gone', () => {
  it('leave the bundle, and only they', () => {
    const merged = mergeCaBundle(base64(other + corporate + mine), own(), NOW, new Set([print(other)]));

    expect(text(merged.bundle)).toBe(corporate + mine);
    expect(merged.dropped.gone).toBe(1);
  });

  it('are told by their fingerprint: what a new pod of that name added stays', async () => {
    const again = await ca('you');

    expect(text(mergeCaBundle(base64(other + again + mine), own(), NOW, new Set([print(other)])).bundle)).toBe(again + mine);
  });

  it('are never our own', () => {
    expect(mergeCaBundle(base64(mine), own(), NOW, new Set([print(mine)]))).toMatchObject({ changed: false });
  });
});

describe('foreignEntries', () => {
  it('are those of other pods of our namespace, each once, in whatever bundle', async () => {
    const [second, elsewhere] = await Promise.all([ca('they'), ca('you', 0, { namespace: 'another' })]);
    const bundles = [base64(mine + other + corporate + elsewhere), base64(other + second), '', base64('no PEM')];

    expect(foreignEntries(bundles, own())).toEqual([
      { podName: 'you', fingerprint: print(other) },
      { podName: 'they', fingerprint: print(second) },
    ]);
  });

  it('never hold what names no pod, or names one in words of its own', async () => {
    const named = async (...attributes: [string, string][]) => {
      const made = await generate(
        attributes.map(([name, value]) => ({ name, value })),
        { keyType: 'ec', algorithm: 'sha256' },
      );
      return `${made.cert}\n`;
    };
    const pems = await Promise.all([
      named(['commonName', 'keyfirst you']),
      named(['organizationName', 'n'], ['commonName', 'keyfirst you']),
      named(['commonName', 'keyfirst you'], ['organizationName', 'n']),
      named(['commonName', 'keyfirst you'], ['organizationName', 'n'], ['OU', 't'], ['localityName', 'x']),
      named(['commonName', 'my keyfirst you'], ['organizationName', 'n'], ['OU', 't']),
    ]);

    expect(foreignEntries([base64(pems.join(''))], own())).toEqual([]);
  });
});
