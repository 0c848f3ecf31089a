import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDev } from '../../../../../injector/providers/dev/index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keyfirst-dev-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;
async function read(yaml: string, path: string, parameters: Record<string, string> = {}): Promise<string> {
  writeFileSync(join(root, 'secrets.yaml'), yaml);
  const store = openDev(
    { provider: 'dev', file: '/secrets.yaml' },
    { root, identity: { namespace: 'n', serviceAccount: 's' }, connections: 16, keepSecret: () => undefined },
  );
  await store.connect(signal);
  return JSON.stringify((await store.read(path, new Map(Object.entries(parameters)), signal)).value.reveal());
}

const YAML = `
shop/db: &db
  password: "p$(X)"
  port: 5432.10
shop:
  db: hidden by the exact key
  key: text
  deep: { list: [1.0, a, true, null], hex: 0x1F }
copy: *db
number: 12345678901234567890
on: true
block: |
  two
  lines
nothing:
1: numeric key
`;

describe('dev store', () => {
  it('refuses aliases that multiply', async () => {
    const bomb = Array.from(
      { length: 20 },
      (_, index) => `a${index}: &a${index} [${index === 0 ? 'x' : `*a${index - 1}, *a${index - 1}`}]`,
    ).join('\n');

    await expect(read(bomb, 'a0')).rejects.toThrow(/aliases that multiply/);
  });

  it.each([
    ['shop/db', '{"kind":"map","map":{"password":"p$(X)","port":5432.10}}'],
    ['shop/key', '{"kind":"text","text":"text"}'],
    ['shop/deep', '{"kind":"map","map":{"list":[1.0,"a",true,null],"hex":31}}'],
    ['shop/deep/list', '{"kind":"list","list":[1.0,"a",true,null]}'],
    ['copy', '{"kind":"map","map":{"password":"p$(X)","port":5432.10}}'],
    ['number', '{"kind":"text","text":"12345678901234567890"}'],
    ['on', '{"kind":"text","text":"true"}'],
    ['block', '{"kind":"text","text":"two\\nlines\\n"}'],
    ['1', '{"kind":"text","text":"numeric key"}'],
  ])('finds %s', async (path, expected) => {
    expect(await read(YAML, path)).toBe(expected);
  });

  it.each(['none', 'shop/none', 'shop/key/deeper', 'nothing', 'constructor', '__proto__', 'shop/db/'])('does not find %s', async (path) => {
    await expect(read(YAML, path)).rejects.toMatchObject({
      code: 'not-found',
      remedy: expect.stringContaining('keys: 1, shop/db, shop, copy'),
    });
  });

  it('takes no parameter', async () => {
    await expect(read(YAML, 'copy', { version: '1' })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('`version`'),
    });
  });

  it.each([
    ['a: [', /not valid YAML/],
    ['- a', /must be a map/],
    ['a: .inf', /cannot hold/],
    ['a: &a [*a]', /too deep/],
  ])('refuses the file %j, quoting nothing of it', async (yaml, message) => {
    await expect(read(`${yaml}\n# s3cret`, 'a')).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(message) });
    await expect(read(`${yaml}\n# s3cret`, 'a')).rejects.not.toThrow(/s3cret/);
  });

  it('says which file is missing', async () => {
    const store = openDev(
      { provider: 'dev', file: '/none.yaml' },
      { root, identity: { namespace: 'n', serviceAccount: 's' }, connections: 16, keepSecret: () => undefined },
    );

    await expect(store.connect(signal)).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('/none.yaml') });
  });
});
