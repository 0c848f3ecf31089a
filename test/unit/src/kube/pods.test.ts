import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { podsOf } from '../../../../src/kube/pods.ts';

const notFound = (name: string, kind = 'pods') => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'NotFound',
  message: `${kind} "${name}" not found`,
  details: { name, kind },
  code: 404,
});

/** What the API server says of the pod of each name. */
const ANSWERS: Readonly<Record<string, [status: number, body: object]>> = {
  running: [200, { kind: 'Pod', apiVersion: 'v1', status: { phase: 'Running' } }],
  pending: [200, { kind: 'Pod', apiVersion: 'v1', status: { phase: 'Pending' } }],
  unknown: [200, { kind: 'Pod', apiVersion: 'v1', status: { phase: 'Unknown' } }],
  new: [200, { kind: 'Pod', apiVersion: 'v1' }],
  ending: [200, { kind: 'Pod', apiVersion: 'v1', metadata: { deletionTimestamp: '2030-01-01T00:00:00Z' }, status: { phase: 'Running' } }],
  failed: [200, { kind: 'Pod', apiVersion: 'v1', status: { phase: 'Failed' } }],
  succeeded: [200, { kind: 'Pod', apiVersion: 'v1', status: { phase: 'Succeeded' } }],
  gone: [404, notFound('gone')],
  'other-gone': [404, notFound('somebody-else')],
  'no-namespace': [404, notFound('n1', 'namespaces')],
  denied: [403, { kind: 'Status', message: 'no', code: 403 }],
  stranger: [401, { kind: 'Status', message: 'Unauthorized', code: 401 }],
  busy: [503, { kind: 'Status', message: 'no', code: 503 }],
};

describe('podLives', () => {
  let server: Server;
  let lives: (name: string) => Promise<boolean>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const [status, body] = ANSWERS[request.url?.split('/').at(-1) ?? ''] ?? [500, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'here', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }, { name: 'me' });
    const pods = podsOf(config);
    lives = (name) => pods.podLives('n1', name, new AbortController().signal);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['running', true],
    ['pending', true],
    ['unknown', true],
    ['new', true],
    ['ending', true],
    ['failed', false],
    ['succeeded', false],
    ['gone', false],
  ])('of a pod that is %s is %s', async (name, expected) => {
    expect(await lives(name)).toBe(expected);
  });

  it.each([
    ['other-gone', 'cluster-refused'],
    ['no-namespace', 'cluster-refused'],
    ['denied', 'cluster-denied'],
    ['stranger', 'cluster-unauthenticated'],
    ['busy', 'cluster-unreachable'],
  ])('is unknown where the API server says %s', async (name, code) => {
    await expect(lives(name)).rejects.toMatchObject({ code });
  });
});
