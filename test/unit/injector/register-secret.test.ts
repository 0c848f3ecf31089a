import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../injector/providers/exact-json.ts';
import type { SecretValue } from '../../../injector/providers/value.ts';
import { registerSecret } from '../../../injector/register-secret.ts';
import { Scrubber } from '../../../src/common/scrubber.ts';

const JSON_TEXT = '{"user":"shop-user","deep":{"words":["first-word",12345.60]}}';

describe('what the scrubber learns from a secret', () => {
  it.each<[string, SecretValue]>([
    ['a map', { kind: 'map', map: parseExactJson(JSON_TEXT) as never }],
    ['a list', { kind: 'list', list: [parseExactJson(JSON_TEXT)] }],
    ['JSON text', { kind: 'text', text: JSON_TEXT }],
    ['JSON in bytes', { kind: 'bytes', bytes: Buffer.from(JSON_TEXT) }],
  ])('is each value of %s, whatever is selected from it', (_name, secret) => {
    const scrubber = new Scrubber();
    registerSecret(scrubber, secret, 'the configuration names dev://shop');

    expect(scrubber.scrub('a shop-user b first-word c 12345.60 d')).toBe('a [redacted] b [redacted] c [redacted] d');
  });

  it('is not what the configuration says already', () => {
    const scrubber = new Scrubber();
    registerSecret(scrubber, { kind: 'text', text: JSON_TEXT }, 'vault://secret/shop-user');

    expect(scrubber.scrub('shop-user first-word')).toBe('shop-user [redacted]');
  });
});
