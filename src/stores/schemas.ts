import * as z from 'zod';
import { parseDuration } from '../common/duration.ts';
import { withoutEndSlashes } from '../common/end-slashes.ts';
import { parseQuantity } from '../common/quantity.ts';
import { hasControlCharacter } from '../contract/control-character.ts';
import { WRAPPER_DIRECTORY } from '../contract/names.ts';

/** Milliseconds. Our own bound: the identity token is asked for an hour at most, and a fetch that is not done by then never will be. */
const LONGEST_DEADLINE = 3_600_000;

export const Switch = z.enum(['true', 'false'], { error: 'is neither "true" nor "false"; write one of them, quoted' });

/** Milliseconds. */
export const Deadline = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds >= 1000 && milliseconds <= LONGEST_DEADLINE) return milliseconds;
  context.addIssue('is not a duration from 1s to 1h; write it like 90s, 2m or 1m30s');
  return z.NEVER;
});

export const AbsolutePath = checked(pathProblem);

export const CpuQuantityOrEmpty = checked((text) =>
  text === '' || isCpu(text) ? undefined : `is not a positive CPU quantity; ${CPU_HINT}`,
);

/** Below this Node does not start; the kernel then kills our container without a word. */
export const MemoryQuantityOrEmpty = checked((text) => (text === '' ? undefined : memoryProblem(text, '32Mi')));

/** Below this not even one small file and its replacement fit. */
export const VolumeSize = checked((text) => memoryProblem(text, '64Ki'));

/** Names of containers, without repeats. */
export const ContainerNames = z.string().transform((text, context) => {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))) return [...new Set(names)];
  context.addIssue('is not a list of container names; write them with commas between, like web,worker');
  return z.NEVER;
});

export const EnvDelivery = z.enum(['auto', 'file-key-ref', 'exec'], { error: 'is not one of auto, file-key-ref, exec' });

export const Order = z.enum(['auto', 'first', 'last'], { error: 'is not one of auto, first, last' });

/** Base URL with its scheme in small letters and no `/` at its end. */
export const HttpUrl = checked(baseUrlProblem).transform((text) =>
  withoutEndSlashes(text.replace(/^https?:/i, (scheme) => scheme.toLowerCase())),
);

export const ObjectName = z
  .string()
  .max(253, 'is longer than 253 characters')
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is not the name of a Kubernetes object');

export const ServerName = z
  .string()
  .max(253, 'is longer than 253 characters')
  .refine(isDnsName, 'is not a DNS name; write it like vault.internal, without scheme and port (an IP address is none)');

/** Own registry and not `.meta()`, which would show up in the chart's JSON Schema. */
const unquoted = z.registry<{ readonly why: string }>();
unquoted.add(HttpUrl, { why: 'an address may hold a password' });

/** Whether a message may quote a refused value of this schema. */
export function mayQuote(schema: z.core.$ZodType): boolean {
  return !unquoted.has(schema);
}

export const Line = z
  .string()
  .min(1, 'is empty; give a value or leave the key out')
  .max(512, 'is longer than 512 characters')
  .regex(/^[\x20-\x7e]+$/, 'has a character that is not printable ASCII');

/** Text for which `problem` finds nothing. */
function checked(problem: (text: string) => string | undefined): z.ZodString {
  return z.string().superRefine((text, context) => {
    const found = problem(text);
    if (found !== undefined) context.addIssue(found);
  });
}

function pathProblem(text: string): string | undefined {
  if (text.includes(':')) return 'is not a mount path: Kubernetes allows no `:` in one';
  if (text.length > 512) return 'is longer than 512 characters';
  if (hasControlCharacter(text) || !text.isWellFormed()) return 'is not a mount path: it has a control character or is not valid Unicode';
  const parts = text.slice(1).split('/');
  if (!text.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'is not an absolute path without empty, `.` and `..` parts and without a trailing `/`';
  if (parts.some((part) => Buffer.byteLength(part) > 255)) return 'is a path with a part longer than 255 bytes';
  const [first = ''] = parts;
  if (SYSTEM_FOLDERS.includes(first)) return `is in /${first}, which belongs to the system; write a path like /keyfirst/secrets`;
  if (text === '/etc') return 'is where the kubelet keeps files of its own; write a path like /etc/secrets';
  if (text === WRAPPER_DIRECTORY || text.startsWith(`${WRAPPER_DIRECTORY}/`) || WRAPPER_DIRECTORY.startsWith(`${text}/`))
    return `is in the way of ${WRAPPER_DIRECTORY}, where Keyfirst's wrapper may go; write a path like /keyfirst/secrets`;
  return undefined;
}

/** Container runtimes refuse mounts there, or the container would lack what every program needs. */
const SYSTEM_FOLDERS = ['proc', 'sys', 'dev'];

const CPU_HINT = 'write it like 50m or 0.5';

function isCpu(text: string): boolean {
  return !/[kMGTPEi]$/.test(text) && (parseQuantity(text) ?? 0n) > 0n;
}

/** `least`: the smallest amount that makes sense. */
function memoryProblem(text: string, least: string): string | undefined {
  const amount = parseQuantity(text);
  if (amount === undefined || amount <= 0n) return 'is not a positive memory quantity; write it like 100Mi';
  const small = /^(\d{1,9})?.*([mun])$/.exec(text);
  if (small !== null) return `is a fraction of a byte: \`${small[2]}\` means ${FRACTIONS[small[2] ?? '']}; write ${small[1] ?? '100'}Mi`;
  if (amount < (parseQuantity(least) ?? 0n)) return `is less than ${least}, the least that works; write it like 100Mi`;
  return undefined;
}

const FRACTIONS: Readonly<Record<string, string>> = { m: 'thousandths', u: 'millionths', n: 'billionths' };

/** Stricter than `URL`, which takes `https:host` and `https:\\host` for well-formed and drops control characters. */
function baseUrlProblem(text: string): string | undefined {
  const form = /^https?:\/\/[^/\\\s]/i.test(text) && !/[\p{C}\s\\?#]/u.test(text) && URL.canParse(text);
  if (!form || new URL(text).username !== '' || new URL(text).password !== '' || /^[^/]*\/\/[^/]*@/.test(text)) {
    return 'is not a base URL; write it like https://vault.example.com:8200, without user, query or fragment';
  }
  return /\/v1\/*$/.test(text) ? 'is not a base URL: leave out the `/v1` at its end, Keyfirst adds it' : undefined;
}

function isDnsName(text: string): boolean {
  const labels = text.split('.');
  return labels.every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
}

export const Uuid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'is not an id like 00000000-1111-2222-3333-444444444444');

export const AwsRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, 'is not an AWS region; write it like eu-central-1');

export const RoleArn = z
  .string()
  .regex(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'is not the ARN of a role; write it like arn:aws:iam::111122223333:role/shop');

export const WorkloadIdentityProvider = z
  .string()
  .regex(
    /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]+\/providers\/[a-z0-9-]+$/,
    'is not a provider; write it like projects/123/locations/global/workloadIdentityPools/pool/providers/cluster',
  );

export const GoogleServiceAccount = z
  .string()
  .regex(/^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/, 'is not the address of a Google service account');

export const PulumiName = z.string().regex(/^[\w.-]{1,100}$/, 'is not a name in Pulumi');
