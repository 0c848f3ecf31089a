import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import {
  AbsolutePath,
  CpuQuantityOrEmpty,
  HttpUrl,
  Line,
  MemoryQuantityOrEmpty,
  mayQuote,
  ObjectName,
  ServerName,
  VolumeSize,
} from '../../../../src/stores/schemas.ts';

const problem = (schema: z.ZodType, text: string) => schema.safeParse(text).error?.issues.map(({ message }) => message);

describe('quantities', () => {
  it.each(['64Ki', '65536', '4Mi', '0.5Gi', '1e6', '+4M'])('takes %s as the size of a volume', (text) => {
    expect(problem(VolumeSize, text)).toBeUndefined();
  });

  it.each([
    ['100m', 'is a fraction of a byte: `m` means thousandths; write 100Mi'],
    ['1.5u', 'is a fraction of a byte: `u` means millionths; write 1Mi'],
    ['4000', 'is less than 64Ki, the least that works; write it like 100Mi'],
    ['63Ki', 'is less than 64Ki, the least that works; write it like 100Mi'],
    ['0', 'is not a positive memory quantity; write it like 100Mi'],
    ['4 MB', 'is not a positive memory quantity; write it like 100Mi'],
    ['', 'is not a positive memory quantity; write it like 100Mi'],
  ])('refuses %j as the size of a volume', (text, message) => {
    expect(problem(VolumeSize, text)).toEqual([message]);
  });

  it.each([
    ['', undefined],
    ['32Mi', undefined],
    ['31Mi', 'is less than 32Mi, the least that works; write it like 100Mi'],
    ['128m', 'is a fraction of a byte: `m` means thousandths; write 128Mi'],
    ['1', 'is less than 32Mi, the least that works; write it like 100Mi'],
  ])('memory of a container: %j', (text, message) => {
    expect(problem(MemoryQuantityOrEmpty, text)).toEqual(message === undefined ? undefined : [message]);
  });

  it.each(['', '50m', '0.5', '2', '100u', '1e-2'])('takes %j as CPU', (text) => expect(problem(CpuQuantityOrEmpty, text)).toBeUndefined());

  it.each(['0', '-1', '64Mi', '1k', 'lots'])('refuses %j as CPU', (text) => {
    expect(problem(CpuQuantityOrEmpty, text)).toEqual(['is not a positive CPU quantity; write it like 50m or 0.5']);
  });
});

describe('an address', () => {
  it.each([
    ['https://vault.example.com:8200', 'https://vault.example.com:8200'],
    ['http://[::1]:8200', 'http://[::1]:8200'],
    ['https://Vault.Example.com/base/v1x', 'https://Vault.Example.com/base/v1x'],
    ['HTTPS://vault.example.com/', 'https://vault.example.com'],
    ['https://vault.example.com/base//', 'https://vault.example.com/base'],
  ])('%s', (text, expected) => {
    expect(HttpUrl.parse(text)).toBe(expected);
  });

  it.each([
    'https:vault.example.com',
    'https:/vault.example.com',
    'https:///vault.example.com',
    'https:\\\\vault.example.com',
    'https://vault.example.com\\x',
    'https://vault.example.com/\u0001',
    'https://vault.example.com\u200b',
    'https://vault.example.com\n',
    ' https://vault.example.com',
    'https://vault.example.com\u00a0',
    'https://admin:canary@vault.example.com',
    'https://@vault.example.com',
    'https://vault.example.com?x',
    'https://vault.example.com#x',
    'https://:8200',
    'ftp://vault.example.com',
    'vault.example.com:8200',
    '',
  ])('is not %j', (text) => {
    expect(problem(HttpUrl, text)).toEqual([expect.stringMatching(/^is not a base URL; write it like https:/)]);
  });

  it.each(['https://vault.example.com/v1', 'https://vault.example.com/base/v1/'])('does without /v1: %s', (text) => {
    expect(problem(HttpUrl, text)).toEqual([expect.stringContaining('leave out the `/v1`')]);
  });

  it('may not be quoted, other values may', () => {
    expect(mayQuote(HttpUrl)).toBe(false);
    for (const schema of [Line, ObjectName, AbsolutePath, VolumeSize]) expect(mayQuote(schema)).toBe(true);
  });
});

describe('names and paths', () => {
  it('say what is wrong in our words', () => {
    expect(problem(AbsolutePath, '/a:b')).toEqual([expect.stringContaining('no `:`')]);
    expect(problem(AbsolutePath, 'a/b')).toEqual([expect.stringContaining('not an absolute path')]);
    expect(problem(AbsolutePath, '/')).toEqual([expect.stringContaining('not an absolute path')]);
    expect(problem(AbsolutePath, `/${'a'.repeat(512)}`)).toEqual(['is longer than 512 characters']);
    expect(problem(ObjectName, 'x'.repeat(254))).toEqual(['is longer than 253 characters']);
    expect(problem(ServerName, `${'x.'.repeat(127)}x`)).toEqual(['is longer than 253 characters']);
  });

  it.each(['vault.internal', 'localhost', 'Vault.Example.COM', 'xn--bcher-kva.example', '1.example'])('%s is a DNS name', (text) => {
    expect(problem(ServerName, text)).toBeUndefined();
  });

  it.each(['10.0.0.1', 'fd00::1', 'a..b', 'a.', '-a', 'https://vault', 'vault:8200', ''])('%j is none', (text) => {
    expect(problem(ServerName, text)).toEqual([expect.stringMatching(/^is not a DNS name; write it like vault\.internal/)]);
  });
});
