import { describe, expect, it } from 'vitest';
import { parameterMeaning } from '../../../../../injector/providers/aws-ssm/meaning.ts';
import { parameterText, parseParameter } from '../../../../../injector/providers/aws-ssm/reference.ts';

const ARN = 'arn:aws-cn:ssm:cn-north-1:111122223333:parameter/shop/db';
const parse = (path: string, parameters: Record<string, string> = {}) => parseParameter(path, new Map(Object.entries(parameters)));

describe('reference to a parameter', () => {
  it.each([
    ['shop/db/host', {}, { name: '/shop/db/host', selector: '', tree: false, region: undefined }],
    ['/shop/db/host', {}, { name: '/shop/db/host' }],
    ['plain', {}, { name: 'plain' }],
    ['/plain', {}, { name: '/plain' }],
    ['shop/x', { version: '3' }, { name: '/shop/x', selector: ':3' }],
    ['shop/x', { label: 'live' }, { selector: ':live' }],
    [ARN, {}, { name: ARN, region: 'cn-north-1' }],
    ['shop/', {}, { name: '/shop', tree: true }],
    ['/shop/db/', {}, { name: '/shop/db', tree: true }],
    ['/', {}, { name: '/', tree: true }],
    [`${ARN}/`, {}, { name: '/shop/db', tree: true, region: 'cn-north-1' }],
  ])('%s %j', (path, parameters, expected) => {
    expect(parse(path, parameters)).toMatchObject(expected);
  });

  it.each([
    ['an ARN of another service', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x', {}, /not one of ssm/],
    ['an ARN of something else', 'arn:aws:ssm:eu-central-1:111122223333:document/x', {}, /not that of a parameter/],
    ['version and label', 'x', { version: '1', label: 'a' }, /both choose a version/],
    ['a version that is a word', 'x', { version: 'live' }, /no whole number/],
    ['an unknown parameter', 'x', { 'version-id': '1' }, /no parameter `version-id`/],
    ['a version of a tree', 'x/', { version: '1' }, /takes no parameters/],
  ])('refuses %s', (_what, path, parameters, message) => {
    expect(() => parse(path, parameters)).toThrow(message);
  });
});

it.each([
  ['ParameterNotFound', 'not-found', /get-parameter --name \/shop\/x/],
  ['InvalidKeyId', 'denied', /kms describe-key/],
  ['DisabledException', 'denied', /Enabled/],
])('%s is explained', (name, code, remedy) => {
  expect(parameterMeaning(parse('shop/x'))(name, '', '', 400)).toMatchObject({ code, remedy: expect.stringMatching(remedy) });
});

it('names what was asked in messages', () => {
  expect(parameterText(parse('shop/x', { version: '3' }))).toBe('the parameter /shop/x:3');
  expect(parameterText(parse('shop/'))).toBe('the parameters below /shop');
});
