import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../injector/failure.ts';
import { failureMessage, successMessage } from '../../../injector/termination.ts';

const failure = (more: Partial<Failure> = {}): Failure => ({
  code: 'not-found',
  key: 'keyfirst.dev/file.a',
  reference: 'vault://secret/a',
  store: 'vault',
  what: 'no secret at secret/data/a',
  status: 404,
  identity: 'service account shop/web, role shop',
  remedy: 'Check the path.',
  ...more,
});

describe('termination message', () => {
  it('says key, reference, what, status, identity and remedy', () => {
    expect(failureMessage([failure()], 4096)).toBe(
      'Keyfirst delivered no secrets: 1 problem.\n' +
        'keyfirst.dev/file.a: vault://secret/a: no secret at secret/data/a (HTTP 404). Asked as service account shop/web, role shop. Check the path.',
    );
  });

  it('tells the same failure of several references once', () => {
    const refused = { code: 'login-refused', what: 'login refused', status: 403 } as const;
    const message = failureMessage(
      [failure(refused), failure({ ...refused, key: 'keyfirst.dev/file.b', reference: 'vault://secret/b' })],
      4096,
    );

    expect(message.split('\n')).toEqual([
      'Keyfirst delivered no secrets: 2 problems.',
      'store vault: login refused (HTTP 403). Asked as service account shop/web, role shop. Check the path. ' +
        'It concerns keyfirst.dev/file.a: vault://secret/a, keyfirst.dev/file.b: vault://secret/b.',
    ]);
  });

  it('tells the same failure of several stores once', () => {
    const refused = { code: 'login-refused', what: 'login refused', status: 403 } as const;
    const other = { ...refused, store: 'aws-sm', key: 'keyfirst.dev/file.b', reference: 'aws-sm://b' };
    const lines = failureMessage([failure(refused), failure(other), failure({ ...other, identity: 'someone else' })], 4096).split('\n');

    expect(lines).toEqual([
      'Keyfirst delivered no secrets: 3 problems.',
      'stores vault, aws-sm: login refused (HTTP 403). Asked as service account shop/web, role shop. Check the path. ' +
        'It concerns keyfirst.dev/file.a: vault://secret/a, keyfirst.dev/file.b: aws-sm://b.',
      'keyfirst.dev/file.b: aws-sm://b: login refused (HTTP 403). Asked as someone else. Check the path.',
    ]);
  });

  it('puts what a person must mend before what may heal', () => {
    const message = failureMessage([failure({ code: 'unavailable', what: 'sealed' }), failure({ code: 'denied', what: 'denied' })], 4096);

    expect(message.indexOf('denied')).toBeLessThan(message.indexOf('sealed'));
  });

  it('cuts between entries and counts the rest', () => {
    const failures = Array.from({ length: 20 }, (_, index) => failure({ what: `problem ${index}` }));
    const lines = failureMessage(failures, 600).split('\n');

    expect(lines[0]).toBe('Keyfirst delivered no secrets: 20 problems.');
    expect(lines.at(-1)).toBe(`… and ${20 - (lines.length - 2)} more; see the log of this container.`);
    expect(lines.slice(1, -1).every((line) => line.endsWith('Check the path.'))).toBe(true);
  });

  it('never passes the budget and stays valid UTF-8', () => {
    const entries = fc.array(fc.record({ what: fc.string({ unit: 'grapheme', maxLength: 300 }), key: fc.string({ unit: 'grapheme' }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 4096 }), (parts, budget) => {
        const messages = [
          failureMessage(
            parts.map((part) => failure(part)),
            budget,
          ),
          successMessage(
            parts.map(({ what }) => what),
            { files: 3, variables: 0 },
            budget,
          ),
        ];
        return messages.every((message) => Buffer.byteLength(message) <= budget && message.isWellFormed());
      }),
    );
  });

  it('lists each reference once on success', () => {
    expect(successMessage(['vault://a version 3', 'vault://a version 3', 'dev://b'], { files: 3, variables: 0 }, 4096)).toBe(
      'Keyfirst delivered 3 files.\nvault://a version 3\ndev://b',
    );
  });
});
