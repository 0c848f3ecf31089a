import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVault, VAULT, vaultMissing } from '../test/support/vault.ts';
import { InjectorBox, vaultConfig } from '../test/support/vault-injector.ts';
import { enableKubernetesAuth, serviceAccountToken } from '../test/support/vault-login.ts';
import { injectorCommand, NODE } from './injector-commands.ts';
import { measureProcesses } from './measure/processes.ts';
import { atMost, type Bench, megabytes, milliseconds } from './row.ts';

const NAMES = ['a', 'b', 'c'];

/** The injector and Vault's own agent, each logging in and writing the same three secrets. */
export const againstVaultAgent: Bench = async (rounds) => {
  const missing = vaultMissing();
  if (missing !== undefined) throw new Error(missing);
  await using vault = await startVault();
  await using _auth = await enableKubernetesAuth(vault);
  for (const name of NAMES) await vault.call('POST', `secret/data/bench/${name}`, { data: { key: `value of ${name}` } });
  using box = new InjectorBox();
  const folder = mkdtempSync(join(tmpdir(), 'keyfirst-bench-'));
  const out = join(folder, 'out');
  mkdirSync(out);
  writeFileSync(join(folder, 'token'), serviceAccountToken());
  writeFileSync(join(folder, 'agent.hcl'), agentConfig(vault.address, folder));
  const files = Object.fromEntries(NAMES.map((name) => [name, `vault://secret/bench/${name}#key`]));
  const agent = {
    name: 'vault agent, exit_after_auth',
    argv: [VAULT, 'agent', `-config=${join(folder, 'agent.hcl')}`, '-log-level=error'],
    env: { HOME: folder },
    fresh: [out],
  };
  const injector = injectorCommand('keyfirst injector', box, vaultConfig(vault.address, files));
  const count = rounds(40);
  try {
    const costs = await measureProcesses([injector, agent, NODE], count);
    const [ours, theirs] = [costs.get(injector.name), costs.get(agent.name)];
    if (ours === undefined || theirs === undefined) throw new Error('a figure is missing');
    return {
      title: 'Three secrets from a Vault, against `vault agent`',
      method:
        'A development server of Vault on loopback without TLS, its Kubernetes auth method with a token review that answers at once. ' +
        `Both log in with the same token and write three values to an empty folder; medians of ${count} runs in turn, warm page cache.`,
      head: ['', 'time', 'processor time', 'peak memory'],
      lines: [...costs].map(([name, { wall, cpu, memory }]) => [name, milliseconds(wall), milliseconds(cpu), megabytes(memory)]),
      goals: [
        atMost("at most the agent's time", ours.wall, theirs.wall, 1),
        atMost("at most 0.7 times the agent's memory", ours.memory, theirs.memory, 0.7),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

function agentConfig(address: string, folder: string): string {
  const template = (name: string) =>
    `template {\n  destination = "${folder}/out/${name}"\n  contents = "{{ with secret \\"secret/data/bench/${name}\\" }}{{ .Data.data.key }}{{ end }}"\n}`;
  return [
    'exit_after_auth = true',
    `vault { address = "${address}" }`,
    `auto_auth {\n  method "kubernetes" {\n    mount_path = "auth/kubernetes"\n    config = { role = "shop", token_path = "${folder}/token" }\n  }\n}`,
    ...NAMES.map(template),
  ].join('\n');
}
