import { describe, expect, inject, it } from 'vitest';
import { RELEASE, SYSTEM } from '../support/e2e-setup.ts';
import { get, kubectl, type Manifest, run } from '../support/kubectl.ts';

const { cluster } = inject('e2e');

describe('Keyfirst and Secret objects', () => {
  it('has made none: the release record of Helm is the only one in its namespace', async () => {
    const { items } = await get('secrets', '-A');
    const others = (items as Manifest[]).filter(({ type }) => type !== 'helm.sh/release.v1');
    const ours = cluster.folder === undefined ? others.filter(({ metadata }) => /^(keyfirst-system|kf-)/.test(metadata.namespace)) : others;
    expect(ours.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([]);
  });

  it('has a chart whose roles name no Secret and no wildcard', async () => {
    const manifest = await run('helm', ['get', 'manifest', RELEASE, '-n', SYSTEM]);
    expect(manifest.code).toBe(0);
    const roles = (await get('clusterroles,roles', '-A', '-l', `app.kubernetes.io/instance=${RELEASE}`)).items as Manifest[];
    expect(roles.length).toBeGreaterThan(0);
    for (const { rules = [], metadata } of roles) {
      for (const { resources = [], apiGroups = [], verbs } of rules as Manifest[]) {
        expect([...resources, ...apiGroups, ...verbs], metadata.name).not.toContain('*');
        expect(resources, metadata.name).not.toContain('secrets');
      }
    }
  });

  it('has no right on Secrets, by whatever role', async () => {
    const { items } = await get('pods', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`);
    const account = items[0].spec.serviceAccountName as string;
    const as = `--as=system:serviceaccount:${SYSTEM}:${account}`;
    for (const verb of ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']) {
      for (const where of [SYSTEM, 'default', 'kube-system']) {
        const { stdout } = await run('kubectl', ['auth', 'can-i', verb, 'secrets', as, '-n', where]);
        expect(`${verb} in ${where}: ${stdout.trim()}`).toBe(`${verb} in ${where}: no`);
      }
    }
    const rights = await kubectl('auth', 'can-i', '--list', as, '-n', SYSTEM);
    expect(rights).toContain('mutatingwebhookconfigurations');
    expect(rights).not.toMatch(/^secrets/m);
  });
});
