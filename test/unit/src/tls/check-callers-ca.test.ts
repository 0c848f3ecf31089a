import { beforeAll, describe, expect, it } from 'vitest';
import { checkCallersCa } from '../../../../src/tls/check-callers-ca.ts';
import { makeCa, makeCaller, type Pair } from '../../../support/caller-certificates.ts';

const FILE = '/callers/ca.pem';
const NOW = new Date();

let root: Pair;
let middle: Pair;
let leaf: Pair;
let ended: Pair;
beforeAll(async () => {
  root = await makeCa('root');
  [middle, leaf, ended] = await Promise.all([
    makeCa('middle', { issuer: root }),
    makeCaller('api', { issuer: root }),
    makeCa('ended', { days: -1 }),
  ]);
});

const check = (...texts: string[]) => checkCallersCa({ file: FILE, text: texts.join('') }, NOW);
const problems = (...texts: string[]) => {
  const result = check(...texts);
  return result.ok ? [] : result.problems;
};
const subjects = (...texts: string[]) => {
  const result = check(...texts);
  return result.ok ? result.authorities.map(({ subject }) => subject) : result.problems;
};

describe('the CA file of callers', () => {
  it('that have no name are taken or refused like others', async () => {
    const nameless = await makeCa(undefined);
    const none = await makeCaller(undefined, { issuer: nameless });

    expect(problems(nameless.cert)).toEqual([]);
    expect(problems(none.cert)).toEqual([expect.stringContaining(`${FILE}: a certificate without a name is no CA`)]);
  });

  it('may hold a root, several, and CAs between, with text around them', () => {
    expect(subjects(root.cert)).toEqual(['CN=root']);
    expect(subjects('# ours\r\n', middle.cert, '\n\n', root.cert)).toEqual(['CN=middle', 'CN=root']);
  });

  it('may still hold one that has ended, beside one that has not', () => {
    expect(subjects(ended.cert, root.cert)).toEqual(['CN=ended', 'CN=root']);
  });

  it.each<[string, () => string[], RegExp[]]>([
    ['is empty', () => [''], [/^\/callers\/ca\.pem: holds no certificate/]],
    ['is no PEM text', () => [Buffer.from(root.cert).toString('base64')], [/holds no certificate/]],
    ['is half a certificate', () => [root.cert.slice(0, 200)], [/holds no certificate/]],
    ['holds something else in PEM', () => [root.cert.replace(/\n.{20}/, '\nAAAA')], [/certificate 1 of 1 cannot be parsed/]],
    ['holds a key', () => [root.cert, root.key], [/holds a private key, which must not be there/]],
    ['holds the client certificate itself', () => [leaf.cert, root.cert], [/CN=api is no CA; give the certificate of whoever signed/]],
    ['holds a CA without its root', () => [middle.cert], [/CN=middle is signed by another CA; put that one into the file too/]],
    ['holds only what has ended', () => [ended.cert], [/no certificate in it is valid now/]],
    ['has several faults', () => [leaf.cert, middle.cert, root.key], [/private key/, /CN=api is no CA/, /CN=middle is signed by another/]],
  ])('that %s is refused, with every problem', (_what, text, expected) => {
    expect(problems(...text())).toEqual(expected.map((problem) => expect.stringMatching(problem)));
  });

  it('is never quoted where it holds a key', () => {
    expect(problems(root.key).join('')).not.toContain(root.key.split('\n')[1]);
  });

  it('that cannot be read is refused', () => {
    expect(checkCallersCa({ file: FILE, failure: 'ENOENT' }, NOW)).toEqual({
      ok: false,
      problems: [`${FILE}: cannot be read (ENOENT); check the path, the mount and the file's permissions`],
    });
  });
});
