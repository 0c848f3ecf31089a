import { generate } from 'selfsigned';

/** A certificate and its key, as PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;
const DAY = 86_400_000;

export interface MakeOptions {
  readonly issuer?: Pair;
  /** Days from now; negative: it has ended. */
  readonly days?: number;
  readonly now?: number;
}

/** A CA by this name, or without any: a root, or signed by `issuer`. */
export function makeCa(name: string | undefined, options: MakeOptions = {}): Promise<Pair> {
  return make(name, options, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ]);
}

export interface CallerOptions extends MakeOptions {
  readonly issuer: Pair;
  readonly dnsNames?: readonly string[];
  /** `any`: no extended key usage at all. */
  readonly usage?: 'client' | 'server' | 'any';
}

/** What a caller shows. */
export function makeCaller(name: string | undefined, { dnsNames = [], usage = 'client', ...options }: CallerOptions): Promise<Pair> {
  return make(name, options, [
    { name: 'basicConstraints', cA: false, critical: true },
    ...(usage === 'any' ? [] : [{ name: 'extKeyUsage' as const, clientAuth: usage === 'client', serverAuth: usage === 'server' }]),
    ...(dnsNames.length === 0
      ? []
      : [{ name: 'subjectAltName' as const, altNames: dnsNames.map((value) => ({ type: 2 as const, value })) }]),
  ]);
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

async function make(name: string | undefined, { issuer, days = 1, now = Date.now() }: MakeOptions, extensions: Extensions): Promise<Pair> {
  const end = now + days * DAY;
  const made = await generate(name === undefined ? [] : [{ name: 'commonName', value: name }], {
    ...EC,
    notBeforeDate: new Date(Math.min(now, end) - DAY),
    notAfterDate: new Date(end),
    ...(issuer === undefined ? {} : { ca: issuer }),
    extensions,
  });
  return { cert: made.cert.endsWith('\n') ? made.cert : `${made.cert}\n`, key: made.private };
}
