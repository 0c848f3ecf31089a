const SUFFIXES: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': 1_000_000_000n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * 10n ** 9n,
  Mi: 2n ** 20n * 10n ** 9n,
  Gi: 2n ** 30n * 10n ** 9n,
  Ti: 2n ** 40n * 10n ** 9n,
  Pi: 2n ** 50n * 10n ** 9n,
  Ei: 2n ** 60n * 10n ** 9n,
};

const PATTERN = /^([+-]?)(\d{1,30})?(?:\.(\d{0,30}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;

/**
 * A Kubernetes resource quantity (`100m`, `0.5`, `64Mi`, `1e3`) as a whole number of billionths, rounded up as the API
 * server does; undefined when the text is none.
 * Source: k8s.io/apimachinery/pkg/api/resource.
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const unit = SUFFIXES[suffix];
  if (unit === undefined) return undefined;
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction) * unit;
  const value = power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power));
  return sign === '-' ? -value : value;
}

/** A CPU quantity in millicores, for example `250m`; rounded up. */
export function formatCpu(billionths: bigint): string {
  return `${divideUp(billionths, 1_000_000n)}m`;
}

/** A memory quantity in whole mebibytes where it is one, else bytes. */
export function formatMemory(billionths: bigint): string {
  const bytes = divideUp(billionths, 1_000_000_000n);
  return bytes % 1_048_576n === 0n ? `${bytes / 1_048_576n}Mi` : `${bytes}`;
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
