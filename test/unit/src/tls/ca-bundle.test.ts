import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../../src/tls/authority.ts';
import { bundleHolds, MOST_ENTRIES, mergeCaBundle } from '../../../../src/tls/ca-bundle.ts';

const NOW = new Date('2030-06-01T12:00:00Z');
const HOUR = 3_600_000;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const text = (bundle: string) => Buffer.from(bundle, 'base64').toString();
const certificates = (bundle: string) =>
  (text(bundle).match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----\n/g) ?? []).map((pem) => new X509Certificate(pem));

async function ca(podName: string, age = 0, lifetime = 24 * HOUR): Promise<string> {
  const issued = await issueCertificate({ podName, service: 's', namespace: 'n', now: new Date(NOW.getTime() - age), lifetime });
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

const own = () => ({ podName: 'me', certificates: [mine] });
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
    expect(merge(base64(otherExpired + mineBefore + other)).dropped).toEqual({ expired: 1, replaced: 1, surplus: 0 });
  });

  it('keeps an entry that ended within the hour, because our clock may be ahead', () => {
    expect(text(merge(base64(otherJustExpired)).bundle)).toBe(otherJustExpired + mine);
  });

  it('keeps both of our CAs during a renewal', () => {
    const merged = mergeCaBundle(base64(mineBefore), { podName: 'me', certificates: [mineBefore, mine] }, NOW);

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

  it('is bounded: the oldest CAs of other pods go first, entries of people stay', async () => {
    const aged = await Promise.all(Array.from({ length: 4 }, (_, index) => ca(`pod-${index}`, index * HOUR)));
    const people = await Promise.all(Array.from({ length: MOST_ENTRIES - 3 }, () => foreign()));

    const merged = merge(base64([...aged, ...people].join('')));

    expect(certificates(merged.bundle)).toHaveLength(MOST_ENTRIES);
    expect(text(merged.bundle)).toBe([...aged.slice(0, 2), ...people].join('') + mine);
    expect(merged.dropped.surplus).toBe(2);
    expect(merge(merged.bundle).changed).toBe(false);
  }, 60_000);

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

        expect(twice).toMatchObject({ bundle: once.bundle, changed: false, dropped: { expired: 0, replaced: 0, surplus: 0 } });
        expect(bundleHolds(once.bundle, mine)).toBe(true);
        expect(bundleHolds(once.bundle, mineBefore)).toBe(false);
        for (const name of ['other', 'corporate'])
          expect(bundleHolds(once.bundle, pems[name] ?? '')).toBe(pieces.some((entry) => 'name' in entry && entry.name === name));
        expect(once.changed).toBe(once.bundle !== base64(before));
      }),
      { numRuns: 200 },
    );
  });

  it('never throws, whatever bytes are there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (bundle) => bundleHolds(merge(bundle).bundle, mine)),
      { numRuns: 200 },
    );
  });
});

describe('bundleHolds', () => {
  it('compares certificates, not names', () => {
    expect(bundleHolds(base64(other + mine), mine)).toBe(true);
    expect(bundleHolds(base64(mineBefore), mine)).toBe(false);
    expect(bundleHolds('', mine)).toBe(false);
    expect(bundleHolds(base64(mine), 'not PEM')).toBe(false);
  });
});
