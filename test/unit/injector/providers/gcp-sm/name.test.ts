import { describe, expect, it } from 'vitest';
import { parseName } from '../../../../../injector/providers/gcp-sm/name.ts';

const none = new Map<string, string>();
const version = (value: string) => new Map([['version', value]]);

describe('name of a secret', () => {
  it.each([
    ['shop/db', none, 'projects/shop/secrets/db/versions/latest'],
    ['shop/db/3', none, 'projects/shop/secrets/db/versions/3'],
    ['shop/db/latest', none, 'projects/shop/secrets/db/versions/latest'],
    ['shop/db', version('3'), 'projects/shop/secrets/db/versions/3'],
    ['shop/db', version('blue_1'), 'projects/shop/secrets/db/versions/blue_1'],
    ['123/db', none, 'projects/123/secrets/db/versions/latest'],
    ['example.com:shop/db', none, 'projects/example.com:shop/secrets/db/versions/latest'],
    ['projects/shop/secrets/db', none, 'projects/shop/secrets/db/versions/latest'],
    ['projects/shop/secrets/db/versions/7', none, 'projects/shop/secrets/db/versions/7'],
    ['projects/shop/secrets/db', version('7'), 'projects/shop/secrets/db/versions/7'],
    ['projects/shop/locations/europe-west3/secrets/db', none, 'projects/shop/locations/europe-west3/secrets/db/versions/latest'],
    ['projects/shop/locations/europe-west3/secrets/db/versions/2', none, 'projects/shop/locations/europe-west3/secrets/db/versions/2'],
  ])('%s with %j', (path, parameters, resource) => {
    expect(parseName(path, parameters).resource).toBe(resource);
  });

  it('has the location of a regional secret', () => {
    expect(parseName('projects/shop/locations/europe-west3/secrets/db', none)).toMatchObject({ location: 'europe-west3', project: 'shop' });
    expect(parseName('shop/db', none).location).toBeUndefined();
  });

  it.each([
    ['db', none, 'no name of a secret'],
    ['/shop/db', none, 'no name of a secret'],
    ['shop/db/3/4', none, 'no name of a secret'],
    ['shop/d b', none, 'no name of a secret'],
    ['shop/../db', none, 'no name of a secret'],
    ['projects/shop/secrets', none, 'no name of a secret'],
    ['projects/shop/db', none, 'no name of a secret'],
    ['projects/shop/locations/evil.test?x=/secrets/db', none, 'no name of a secret'],
    ['shop/db/3', version('3'), 'stands in the path and in `version`'],
    ['projects/shop/secrets/db/versions/7', version('7'), 'stands in the path and in `version`'],
    ['shop/db', version('3/..'), 'no version'],
    ['shop/db', new Map([['stage', 'x']]), 'takes no parameter `stage`'],
  ])('refuses %s with %j', (path, parameters, problem) => {
    expect(() => parseName(path, parameters)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(problem) }),
    );
  });
});
