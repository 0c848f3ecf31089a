import { describe, expect, it } from 'vitest';
import { secretMeaning } from '../../../../../injector/providers/aws-sm/meaning.ts';
import { parseSecret, secretText } from '../../../../../injector/providers/aws-sm/reference.ts';
import { secretRead } from '../../../../../injector/providers/aws-sm/value.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/db-AbCdEf';
const parse = (path: string, parameters: Record<string, string> = {}) => parseSecret(path, new Map(Object.entries(parameters)));

describe('reference to a secret', () => {
  it.each([
    ['shop/db', {}, { id: 'shop/db', region: undefined }],
    ['/shop/db', {}, { id: '/shop/db' }],
    [ARN, {}, { id: ARN, region: 'eu-central-1' }],
    [ARN.replace('arn:aws:', 'arn:aws-us-gov:').replace('eu-central-1', 'us-gov-west-1'), {}, { region: 'us-gov-west-1' }],
    [ARN.replace('arn:aws:', 'arn:aws-eusc:').replace('eu-central-1', 'eusc-de-east-1'), {}, { region: 'eusc-de-east-1' }],
    ['x', { version: 'a' }, { versionId: 'a', versionStage: undefined }],
    ['x', { 'version-id': 'a', 'version-stage': 'AWSPENDING' }, { versionId: 'a', versionStage: 'AWSPENDING' }],
  ])('%s %j', (path, parameters, expected) => {
    expect(parse(path, parameters)).toMatchObject(expected);
  });

  it.each([
    ['an ARN of another service', 'arn:aws:ssm:eu-central-1:111122223333:parameter/x', {}, /not one of secretsmanager/],
    ['half an ARN', 'arn:aws:secretsmanager', {}, /not one of secretsmanager/],
    ['an ARN of something else', 'arn:aws:secretsmanager:eu-central-1:111122223333:policy:x', {}, /not that of a secret/],
    ['both spellings', 'x', { version: 'a', 'version-id': 'a' }, /say the same/],
    ['an unknown parameter', 'x', { label: 'a' }, /no parameter `label`/],
  ])('refuses %s', (_what, path, parameters, message) => {
    expect(() => parse(path, parameters)).toThrow(message);
  });
});

describe('what an error means', () => {
  it.each([
    ['ResourceNotFoundException', "Secrets Manager can't find the specified secret.", 'not-found', /describe-secret --secret-id shop\/db/],
    [
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
      'not-found',
      /restore-secret/,
    ],
    ['DecryptionFailure', "Secrets Manager can't decrypt the protected secret text", 'denied', /must say Enabled/],
    ['InvalidRequestException', 'arn:aws:kms:… is disabled. KMS key', 'denied', /kms describe-key/],
  ])('%s: %s', (name, message, code, remedy) => {
    expect(secretMeaning(parse('shop/db'))(name, message, '', 400)).toMatchObject({ code, remedy: expect.stringMatching(remedy) });
  });

  it('leaves the rest to what all stores of AWS share', () => {
    expect(secretMeaning(parse('x'))('AccessDeniedException', '', '', 400)).toBeUndefined();
  });
});

it('names the version in messages', () => {
  expect(secretText(parse('x', { version: 'a' }))).toBe('version a of the secret x');
  expect(secretText(parse('x', { 'version-stage': 'B' }))).toBe('the version labelled B of the secret x');
});

it('takes an empty text for a value, and nothing for none', () => {
  expect(secretRead({ SecretString: '', VersionId: 'v' }, 'x').value.reveal()).toEqual({ kind: 'text', text: '' });
  expect(() => secretRead({}, 'AWS')).toThrow(/holds no value/);
});
