import { startVault, vaultMissing } from '../test/support/vault.ts';
import { InjectorBox, vaultConfig } from '../test/support/vault-injector.ts';
import { enableKubernetesAuth } from '../test/support/vault-login.ts';
import { injectorCommand, NODE } from './injector-commands.ts';
import { measureProcesses } from './measure/processes.ts';
import { atMost, type Bench, megabytes, milliseconds } from './row.ts';

/** How the injector's cost grows with the number of secrets. */
export const manySecrets: Bench = async (rounds) => {
  const missing = vaultMissing();
  if (missing !== undefined) throw new Error(missing);
  await using vault = await startVault();
  await using _auth = await enableKubernetesAuth(vault);
  for (let index = 0; index < 100; index++) await vault.call('POST', `secret/data/many/${index}`, { data: { key: `value ${index}` } });
  using box = new InjectorBox();
  const injector = (count: number) =>
    injectorCommand(
      `${count} secret${count === 1 ? '' : 's'}`,
      box,
      vaultConfig(
        vault.address,
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, `vault://secret/many/${index}#key`])),
      ),
    );
  const [one, ten, hundred] = [injector(1), injector(10), injector(100)];
  const count = rounds(20);
  const costs = await measureProcesses([one, ten, hundred, NODE], count);
  return {
    title: 'A hundred secrets, against ten',
    method:
      'The same Vault as for `vault agent`; each secret is an object of its own, so the store is asked once for each. ' +
      `Medians of ${count} runs in turn.`,
    head: ['', 'time', 'processor time', 'peak memory'],
    lines: [...costs].map(([name, { wall, cpu, memory }]) => [name, milliseconds(wall), milliseconds(cpu), megabytes(memory)]),
    goals: [
      atMost(
        '100 secrets take at most 3 times as long as 10',
        costs.get(hundred.name)?.wall ?? Number.NaN,
        costs.get(ten.name)?.wall ?? 0,
        3,
      ),
    ],
  };
};
