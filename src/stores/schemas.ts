import * as z from 'zod';
import { parseDuration } from '../common/duration.ts';
import { parseQuantity } from '../common/quantity.ts';

/** Longest the API server lets an init container's token live by default, and long enough for any fetch. */
const LONGEST_DEADLINE = 3_600_000;

export const Switch = z.enum(['true', 'false'], { error: 'is neither "true" nor "false"; write one of them, quoted' });

/** Milliseconds. */
export const Deadline = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds >= 1000 && milliseconds <= LONGEST_DEADLINE) return milliseconds;
  context.addIssue('is not a duration from 1s to 1h; write it like 90s, 2m or 1m30s');
  return z.NEVER;
});

export const AbsolutePath = z
  .string()
  .refine(isPlainAbsolutePath, 'is not an absolute path without empty, `.` and `..` parts and without a trailing `/`');

export const PositiveQuantity = z
  .string()
  .refine((text) => (parseQuantity(text) ?? 0n) > 0n, 'is not a positive Kubernetes quantity; write it like 4Mi or 100m');

/** Empty leaves the value out of our container. */
export const QuantityOrEmpty = z
  .string()
  .refine(
    (text) => text === '' || (parseQuantity(text) ?? 0n) > 0n,
    'is not a positive Kubernetes quantity; write it like 50m or 64Mi, or empty to leave it out',
  );

/** Names of containers, without repeats. */
export const ContainerNames = z.string().transform((text, context) => {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))) return [...new Set(names)];
  context.addIssue('is not a list of container names; write them with commas between, like web,worker');
  return z.NEVER;
});

export const Order = z.enum(['auto', 'first', 'last'], { error: 'is not one of auto, first, last' });

export const HttpUrl = z
  .string()
  .refine(isBaseUrl, 'is not a base URL; write it like https://vault.example.com:8200, without user, query or fragment');

export const ObjectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'is not the name of a Kubernetes object');

export const Line = z
  .string()
  .min(1, 'is empty; give a value or leave the key out')
  .max(512, 'is longer than 512 characters')
  .regex(/^[\x20-\x7e]+$/, 'has a character that is not printable ASCII');

function isPlainAbsolutePath(text: string): boolean {
  if (!text.startsWith('/') || text.length < 2 || text.length > 512 || text.includes(':')) return false;
  return text
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..');
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && !/[?#\s]/.test(text);
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
