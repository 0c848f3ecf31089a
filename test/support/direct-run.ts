import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InjectorConfigText } from '../../src/contract/injector-config.ts';
import { DEV_DIRECTORY, DEV_FILE } from '../../src/contract/names.ts';
import type { StoreConfig } from '../../src/contract/provider.ts';
import { type OpenStore, VALUES } from './faults-store.ts';
import { InjectorBox } from './vault-injector.ts';
import { IDENTITY } from './vault-login.ts';

/** What the injector needs to read one secret, to a file `first`. */
export interface DirectRun {
  readonly box: InjectorBox;
  readonly config: InjectorConfigText;
}

/** Of a store that is open, without a proxy. */
export function directRun(store: OpenStore): DirectRun {
  const box = new InjectorBox(store.token());
  mkdirSync(join(box.root, 'ca'));
  writeFileSync(join(box.root, 'ca/ca.crt'), store.ca ?? '');
  return { box, config: config(store.direct, store.reference('first')) };
}

/** Of the dev store, which is a file. */
export function devRun(): DirectRun {
  const box = new InjectorBox();
  mkdirSync(join(box.root, DEV_DIRECTORY));
  writeFileSync(join(box.root, DEV_DIRECTORY, DEV_FILE), JSON.stringify({ first: VALUES.first, map: { words: [VALUES.first] } }));
  return { box, config: config({ provider: 'dev', file: `${DEV_DIRECTORY}/${DEV_FILE}` }, 'dev://first') };
}

function config(store: StoreConfig, from: string): InjectorConfigText {
  return {
    version: 1,
    identity: IDENTITY,
    deadline: 20_000,
    messageBytes: 4096,
    stores: { [store.provider]: store },
    secrets: [{ key: 'keyfirst.dev/file.first', file: 'first', from, mode: 0o440 }],
  };
}
