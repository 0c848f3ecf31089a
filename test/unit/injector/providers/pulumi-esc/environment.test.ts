import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../../injector/providers/exact-json.ts';
import { parseName } from '../../../../../injector/providers/pulumi-esc/name.ts';
import { diagnosticsOf, pulumiPeer } from '../../../../../injector/providers/pulumi-esc/peer.ts';
import { plainValues } from '../../../../../injector/providers/pulumi-esc/values.ts';
import type { JsonValue } from '../../../../../injector/providers/value.ts';

const none = new Map<string, string>();
const version = (value: string) => new Map([['version', value]]);

describe('name of an environment', () => {
  it.each([
    ['acme/shop/prod', none, 'acme/shop/prod', undefined],
    ['acme/shop/prod@7', none, 'acme/shop/prod@7', '7'],
    ['acme/shop/prod', version('7'), 'acme/shop/prod@7', '7'],
    ['acme/shop/prod@stable', none, 'acme/shop/prod@stable', 'stable'],
    ['a.b_c-d/x/y', none, 'a.b_c-d/x/y', undefined],
  ])('%s with %j', (path, parameters, text, expected) => {
    expect(parseName(path, parameters)).toMatchObject({ text, version: expected });
  });

  it.each([
    ['shop/prod', none, 'no name of an environment'],
    ['acme/shop/prod/x', none, 'no name of an environment'],
    ['acme/../prod', none, 'no name of an environment'],
    ['acme/shop/prod@', none, 'no name of an environment'],
    ['acme/shop/pr od', none, 'no name of an environment'],
    ['acme/shop/prod?x', none, 'no name of an environment'],
    ['acme/shop/prod@7', version('7'), 'stands in the path and in `version`'],
    ['acme/shop/prod', version('a/b'), 'no version'],
    ['acme/shop/prod', version('..'), 'no version'],
    ['acme/shop/prod', new Map([['draft', 'x']]), 'takes no parameter `draft`'],
  ])('refuses %s with %j', (path, parameters, problem) => {
    expect(() => parseName(path, parameters)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(problem) }),
    );
  });
});

describe('values', () => {
  const values = (text: string) => JSON.stringify(plainValues(parseExactJson(text), 'Pulumi'));
  const trace = '"trace":{"def":{"environment":"x","begin":{"line":1}}}';

  it('lose their wrapping at every depth and keep their digits', () => {
    const text = `{"exprs":{"a":{}},"properties":{
      "text":{"value":"x",${trace}},
      "secret":{"value":"c4n4ry","secret":true,${trace}},
      "number":{"value":12345678901234567890.10,${trace}},
      "yes":{"value":true,${trace}},
      "nothing":{${trace}},
      "list":{"value":[{"value":1.0},{"value":[{"value":"deep"}]}],${trace}},
      "map":{"secret":true,"value":{"value":{"value":"a key named value"},"__proto__":{"value":1},"inner":{"value":{"a":{"value":"b"}}}},${trace}},
      "empty":{"value":{},${trace}},"none":{"value":[],${trace}}}}`;

    expect(values(text)).toBe(
      '{"text":"x","secret":"c4n4ry","number":12345678901234567890.10,"yes":true,"nothing":null,"list":[1.0,["deep"]],"map":{"value":"a key named value","__proto__":1,"inner":{"a":"b"}},"empty":{},"none":[]}',
    );
  });

  it.each(['{}', '{"properties":null}', '{"properties":{}}'])('%s has none', (text) => {
    expect(values(text)).toBe('{}');
  });

  it.each(['{"properties":[]}', '{"properties":"x"}', '{"properties":{"a":"bare"}}', '{"properties":{"a":{"value":{"b":1}}}}'])(
    '%s is no environment',
    (text) => {
      expect(() => values(text)).toThrow(expect.objectContaining({ code: 'protocol' }));
    },
  );

  it('are refused where Pulumi does not know them, by name', () => {
    const text = '{"properties":{"a":{"value":{"b":{"value":[{"value":"x","unknown":true}]}}}}}';

    expect(() => values(text)).toThrow(expect.objectContaining({ code: 'invalid', message: expect.stringContaining('`a.b[0]`') }));
  });

  it('are refused when nested without end', () => {
    const text = `{"properties":{"a":${'{"value":{"a":'.repeat(200)}{"value":1}${'}}'.repeat(200)}}}`;

    expect(() => values(text)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });
});

describe('what Pulumi says', () => {
  const { message } = pulumiPeer('https://api.pulumi.com');

  it.each<[object, string | undefined]>([
    [{ code: 'x', message: 'Not Found' }, 'Not Found'],
    [{ error: 'invalid_grant', error_description: 'no policy' }, 'no policy'],
    [{ error: 'invalid_grant' }, 'invalid_grant'],
    [{ message: 'Bad Request', diagnostics: [{ summary: 'a' }, { summary: 'w', severity: 'warning' }, { summary: 'b' }] }, 'a; b'],
    [{}, undefined],
    [[], undefined],
  ])('%j', (json, expected) => {
    expect(message(json as JsonValue)).toBe(expected);
  });

  it('leaves odd diagnostics out', () => {
    expect(diagnosticsOf({ diagnostics: ['x', null, { summary: true }, { summary: 'a', severity: 'error' }] })).toEqual(['a']);
  });
});
