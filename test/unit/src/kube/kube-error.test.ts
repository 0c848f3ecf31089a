import { ApiException } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { KubeError, toKubeError } from '../../../../src/kube/kube-error.ts';
import { WebhookConfiguration } from '../../../../src/kube/webhook-configurations.ts';

const call = { verb: 'patch', resource: 'mutatingwebhookconfigurations', name: 'keyfirst' };
const answer = (code: number, message = 'it says so') => new ApiException(code, 'x', JSON.stringify({ kind: 'Status', message }), {});
const refused = new TypeError('fetch failed', {
  cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6443'), { code: 'ECONNREFUSED' }),
});

describe('toKubeError', () => {
  it.each<[string, unknown, string, RegExp]>([
    [
      '403',
      answer(403),
      'cluster-denied',
      /^may not patch mutatingwebhookconfigurations keyfirst: give .* the verb "patch" on mutatingwebhookconfigurations with resourceNames \["keyfirst"\].*\(it says so\)$/,
    ],
    ['401', answer(401), 'cluster-unauthenticated', /does not accept our token \(401\)/],
    ['410', answer(410), 'cluster-expired', /has dropped that part of its history/],
    ['409', answer(409), 'cluster-conflict', /was changed meanwhile/],
    ['422', answer(422), 'cluster-refused', /answers 422 \(it says so\)/],
    ['429', answer(429), 'cluster-unreachable', /answers 429/],
    ['503 with a body that is no JSON', new ApiException(503, 'x', '<html>', {}), 'cluster-unreachable', /answers 503$/],
    ['a watch that is refused', Object.assign(new Error('Forbidden'), { statusCode: 403 }), 'cluster-denied', /^may not patch/],
    ['an event of a watch', { kind: 'Status', code: 500, message: 'broken' }, 'cluster-unreachable', /answers 500 \(broken\)/],
    ['an answer of 500 characters', { kind: 'Status', code: 500, message: 'x'.repeat(500) }, 'cluster-unreachable', /\(x{500}\)/],
    ['a longer answer', { kind: 'Status', code: 500, message: 'x'.repeat(501) }, 'cluster-unreachable', /\(x{500}\)/],
    ['nobody there', refused, 'cluster-unreachable', /no answer from the API server \(connect ECONNREFUSED 127.0.0.1:6443\)/],
    ['a time-out', AbortSignal.abort(new DOMException('timed out', 'TimeoutError')).reason, 'cluster-unreachable', /\(timed out\)/],
    [
      'an object of another shape',
      WebhookConfiguration.safeParse({ metadata: {} }).error,
      'cluster-refused',
      /not understood \(metadata.resourceVersion/,
    ],
  ])('%s', (_what, error, code, message) => {
    const result = toKubeError(error, call);

    expect(result.code).toBe(code);
    expect(result.message).toMatch(message);
  });

  it('names an object of a namespace, and the right on all of them', () => {
    const get = { verb: 'get', resource: 'serviceaccounts', namespace: 'shop', name: 'web', instead: 'switch it off' };

    expect(toKubeError(answer(403), get).message).toBe(
      'may not get serviceaccounts shop/web: give the webhook\'s ServiceAccount the verb "get" on serviceaccounts, as the chart\'s ClusterRole does, or switch it off (it says so)',
    );
  });

  it('leaves its own kind alone', () => {
    const error = new KubeError('cluster-conflict', 'x');

    expect(toKubeError(error, call)).toBe(error);
  });
});

describe('WebhookConfiguration', () => {
  it('reads the bundles in order, absent ones as empty', () => {
    const object = {
      metadata: { resourceVersion: '7', name: 'x' },
      webhooks: [{ clientConfig: { caBundle: 'YQ==' } }, { clientConfig: {} }],
    };

    expect(WebhookConfiguration.parse(object)).toEqual({ resourceVersion: '7', caBundles: ['YQ==', ''] });
    expect(WebhookConfiguration.parse({ metadata: { resourceVersion: '7' } })).toEqual({ resourceVersion: '7', caBundles: [] });
  });
});
