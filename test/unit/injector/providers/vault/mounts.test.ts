import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../../../injector/providers/provider-error.ts';
import type { JsonObject } from '../../../../../injector/providers/value.ts';
import type { VaultClient } from '../../../../../injector/providers/vault/client.ts';
import { Mounts } from '../../../../../injector/providers/vault/mounts.ts';
import { VaultRefusal } from '../../../../../injector/providers/vault/response.ts';

const signal = new AbortController().signal;

function setup(get: (path: string) => Promise<JsonObject>) {
  const asked: string[] = [];
  const client: VaultClient = {
    place: 'Vault',
    get: (path) => {
      asked.push(path.replace('sys/internal/ui/mounts/', ''));
      return get(path);
    },
    post: () => Promise.reject(new Error('post')),
    useToken: () => undefined,
  };
  return { mounts: new Mounts(client), asked };
}

const answer = (path: string, version = '2') => Promise.resolve({ data: { path, type: 'kv', options: { version } } });

describe('mounts', () => {
  it('asks once a mount, also when many reads start together', async () => {
    const { mounts, asked } = setup((path) =>
      answer(path.includes('team/b') ? 'team/b/' : path.includes('team') ? 'team/a/' : 'secret/', path.includes('team/b') ? '1' : '2'),
    );

    const found = await Promise.all(
      ['secret/x', 'secret/y', 'team/a/x', 'team/b/x', 'team/a/y', 'secret/z'].map((path) => mounts.of(path, signal)),
    );

    expect(found.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'kv2 secret/',
      'kv2 secret/',
      'kv2 team/a/',
      'other team/b/',
      'kv2 team/a/',
      'kv2 secret/',
    ]);
    expect(asked).toEqual(['secret/x', 'team/a/x', 'team/b/x']);
  });

  it('does not take a mount for another whose name begins alike', async () => {
    const { mounts } = setup((path) => answer(path.includes('secret2') ? 'secret2/' : 'secret/'));

    expect((await mounts.of('secret/x', signal)).path).toBe('secret/');
    expect((await mounts.of('secret2/x', signal)).path).toBe('secret2/');
  });

  it.each([403, 404, 405])('answers unknown when Vault refuses with %i', async (status) => {
    const { mounts } = setup(() => Promise.reject(new VaultRefusal(status, '', {})));

    expect(await mounts.of('secret/x', signal)).toEqual({ kind: 'unknown', path: '' });
  });

  it.each<JsonObject>([{}, { data: null }, { data: { path: '' } }])('answers unknown to %j', async (body) => {
    expect(await setup(() => Promise.resolve(body)).mounts.of('secret/x', signal)).toMatchObject({ kind: 'unknown' });
  });

  it('asks again after a failure that may heal', async () => {
    let calls = 0;
    const { mounts } = setup((path) =>
      calls++ === 0
        ? Promise.reject(new ProviderError('unavailable', 'sealed', { remedy: '' }))
        : answer(path.replace('sys/internal/ui/mounts/', '').replace(/x$/, '')),
    );

    await expect(mounts.of('secret/x', signal)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await mounts.of('secret/x', signal)).kind).toBe('kv2');
  });
});
