import fc from 'fast-check';
import type { FileSystem } from '../../../injector/write/file-system.ts';
import '../../../injector/render/template/index.ts';
import '../../../injector/render/variables/index.ts';
import type { Store } from '../../../injector/providers/provider.ts';
import { toValue } from '../../../injector/providers/value.ts';
import { run } from '../../../injector/run.ts';
import { Redacted } from '../../../src/common/redacted.ts';
import { decisionSettings } from '../../../src/config/decision-settings.ts';
import { parseSettings } from '../../../src/config/settings.ts';
import { CONTRACT } from '../../../src/contract/fingerprint.ts';
import { encodeInjectorConfig } from '../../../src/contract/injector-config.ts';
import { FORMATS } from '../../../src/contract/secret-spec.ts';
import { SETTINGS_TEXT } from '../../support/pods.ts';
import { anyJson, mapOf, misshapen, nested } from '../generate/json.ts';
import { validReference } from '../generate/references.ts';
import { anyText, damaged } from '../generate/text.ts';
import { anyList, yamlPieces } from '../generate/yaml.ts';
import { CANARY, checkMessages, checkPrototypes, holds } from '../laws.ts';
import { target } from '../target.ts';

const spec = {
  key: fc.constant('keyfirst.dev/secrets[0]'),
  from: fc.oneof(validReference, mapOf(anyText, validReference, 2)),
  mode: fc.constantFrom(0o440, 0o400, -1, 1e9),
};
const validConfig = fc.record({
  contract: fc.constantFrom(CONTRACT, 'x'),
  identity: fc.constant({ namespace: 'shop', serviceAccount: 'web' }),
  deadline: fc.constantFrom(120_000, 1),
  messageBytes: fc.constantFrom(4096, 0, 1_000),
  stores: fc.constant({ dev: { provider: 'dev' as const, file: '/x' }, vault: { provider: 'dev' as const, file: '/x' } }),
  secrets: fc.array(
    fc.record(
      {
        ...spec,
        file: fc.oneof(fc.constantFrom('a', 'b.json'), anyText),
        format: fc.constantFrom(...FORMATS),
        views: fc.array(anyText, { maxLength: 2 }),
      },
      { requiredKeys: ['key', 'from', 'mode', 'file'] },
    ),
    { maxLength: 3 },
  ),
  variables: fc.array(
    fc.record(
      { ...spec, name: anyText, lists: fc.array(anyText, { maxLength: 2 }), suffix: anyText },
      { requiredKeys: ['key', 'from', 'mode', 'name'] },
    ),
    { maxLength: 2 },
  ),
});
const encoded = validConfig.map((config) => encodeInjectorConfig({ version: 1, ...config }));

const store: Store = {
  identity: 'nobody',
  place: 'the store',
  connect: async () => undefined,
  read: async () => ({ value: new Redacted(toValue({ key: CANARY, password: CANARY })), version: '1' }),
};
/** Takes everything and keeps nothing, but sees where it goes. */
const inside = (path: string) => holds(path.startsWith('/keyfirst/') && !/\/\.\.(\/|$)/.test(path), `writes to ${path}`);
const fs: FileSystem = {
  mkdtempSync(prefix) {
    inside(prefix);
    return `${prefix}abcdef`;
  },
  mkdirSync: inside,
  writeFileSync: inside,
  chmodSync: inside,
  symlinkSync: (_target, path) => inside(path),
  renameSync(from, to) {
    inside(from);
    inside(to);
  },
  unlinkSync: inside,
  rmSync: inside,
  readdirSync: () => [],
  readlinkSync: () => '',
  lstatSync: () => undefined,
};

export const config = target({
  name: 'injector-config',
  parses: '`KEYFIRST_CONFIG`, and the whole run of the injector on it',
  share: 12,
  inputs: fc.oneof(
    { weight: 45, arbitrary: encoded },
    { weight: 60, arbitrary: misshapen(encoded.map((text): unknown => JSON.parse(text))).map((json) => JSON.stringify(json) ?? '') },
    { weight: 30, arbitrary: damaged(encoded) },
    { weight: 1, arbitrary: nested },
    { weight: 15, arbitrary: anyText },
  ),
  async run(text) {
    const lines: string[] = [];
    const ends = run(text, {
      root: '',
      open: async () => store,
      fs,
      clock: { now: () => 0, sleep: async () => undefined, timeout: () => new AbortController().signal },
      random: () => 0.5,
      stopped: new AbortController().signal,
      writeLine: (line) => lines.push(line),
      wrapper: () => new Uint8Array(4),
    });
    // The program ends with 70 then, too.
    const outcome = await ends.catch((error: unknown) => {
      if (!text.includes(CONTRACT)) throw error;
      return { exitCode: 70, message: '' };
    });
    holds(outcome.exitCode === 0 || (outcome.exitCode >= 64 && outcome.exitCode <= 78), `exit code ${outcome.exitCode}`);
    // With the fingerprint of our own webhook the types are taken as they are; a forger gets the exit code of a defect.
    holds(outcome.exitCode !== 70 || text.includes(CONTRACT), `a defect: ${outcome.message}`);
    checkMessages([outcome.message], { length: 4_096 });
    holds(!lines.some((line) => line.includes(CANARY)), 'the log tells the secret');
  },
});

const settingsTexts = fc.oneof(
  fc.constant(SETTINGS_TEXT),
  fc.constant('stores: {mine: {provider: vault, address: "https://a", locked: [role]}}\ndefaults: {deadline: 1m}\n'),
);

export const settings = target({
  name: 'settings',
  parses: "the webhook's settings file",
  share: 12,
  inputs: fc.oneof(
    { weight: 60, arbitrary: damaged(settingsTexts, yamlPieces) },
    {
      weight: 2,
      arbitrary: misshapen(
        fc.constant({ injector: { image: 'a' }, stores: { mine: { provider: 'vault' } }, env: { check: true }, defaults: {} }),
        fc.oneof(anyJson(), fc.constant(CANARY)),
      ).map((json) => JSON.stringify(json) ?? ''),
    },
    { weight: 30, arbitrary: anyList(2_048) },
  ),
  run(text) {
    const result = parseSettings(text);
    if (!result.ok)
      return checkMessages(
        result.problems.map((problem) => problem.replaceAll(CANARY, '')),
        { length: 2_000 },
      );
    checkPrototypes(decisionSettings(result.settings));
  },
});
