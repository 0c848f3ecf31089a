import { join } from 'node:path';
import { encodeInjectorConfig, type InjectorConfigText } from '../src/contract/injector-config.ts';
import { SECRETS_DIRECTORY } from '../src/contract/names.ts';
import type { InjectorBox } from '../test/support/vault-injector.ts';
import type { Command } from './measure/processes.ts';

/** The built injector on a folder of its own, as its image runs it. */
export function injectorCommand(name: string, box: InjectorBox, config: InjectorConfigText, more: Partial<Command> = {}): Command {
  return {
    name,
    argv: [process.execPath, join(import.meta.dirname, '../dist/injector/main.js')],
    env: { NODE_ENV: 'production', KEYFIRST_ROOT: box.root, KEYFIRST_CONFIG: encodeInjectorConfig(config) },
    fresh: [join(box.root, SECRETS_DIRECTORY)],
    ...more,
  };
}

/** Node alone, the floor of every figure. */
export const NODE: Command = { name: 'node -e 0', argv: [process.execPath, '-e', '0'], env: {} };
