import { describe, expect, it } from 'vitest';
import { kindOf, outcomeOf } from '../../../soak/outcome.ts';

const status = (code: number, message: string) => ({ status: code, text: JSON.stringify({ kind: 'Status', code, message }) });
const made = (spec: object) => ({ status: 201, text: JSON.stringify({ kind: 'Pod', spec }) });
const WHOLE = { initContainers: [{ name: 'other' }, { name: 'keyfirst-init' }], volumes: [{ name: 'keyfirst-secrets' }] };
const CALL = 'Internal error occurred: failed calling webhook "pods.keyfirst.dev": failed to call webhook: ';

describe('the outcome of a creation', () => {
  it.each([
    ['container and volume are there', made(WHOLE), 'injected'],
    ['no container', made({ ...WHOLE, initContainers: [] }), 'bare'],
    ['no init containers at all', made({ volumes: WHOLE.volumes }), 'bare'],
    ['no volume', made({ initContainers: WHOLE.initContainers }), 'bare'],
    ['our name on an app container only', made({ ...WHOLE, initContainers: [], containers: [{ name: 'keyfirst-init' }] }), 'bare'],
    ['the webhook could not be called', status(500, `${CALL}context deadline exceeded`), 'refused'],
    ['the webhook said no', status(400, 'admission webhook "pods.keyfirst.dev" denied the request: x'), 'refused'],
    ['the policy said no', status(422, "ValidatingAdmissionPolicy 'keyfirst-pods' denied the request"), 'refused'],
    ['no connection', { failure: 'ECONNREFUSED' }, 'away'],
    ['the API server has no store yet', status(503, 'etcdserver: leader changed'), 'away'],
    ['the API server is starting', status(403, 'pods "x" is forbidden: not yet ready to handle request'), 'away'],
    ['the API server is busy', status(429, 'too many requests'), 'away'],
    ['a right is missing', status(403, 'pods is forbidden: User "x" cannot create'), 'refused'],
  ] as const)('%s', (_name, answer, expected) => {
    expect(outcomeOf(answer, true)).toBe(expected);
  });

  it('takes a pod that asks for nothing as it comes', () => {
    expect(outcomeOf(made({}), false)).toBe('injected');
  });
});

describe('the kind of a refusal', () => {
  it('is the same for all that differ in addresses and names only', () => {
    const of = (address: string) =>
      kindOf(status(500, `${CALL}Post "https://${address}/mutate?timeout=10s": dial tcp ${address}: connect: connection refused`));

    expect(of('10.76.0.5:8443')).toBe(of('10.76.0.17:8443'));
    expect(of('10.76.0.5:8443')).toContain('connection refused');
  });

  it('is the failure where nobody answered', () => {
    expect(kindOf({ failure: 'ECONNRESET' })).toBe('ECONNRESET');
  });
});
