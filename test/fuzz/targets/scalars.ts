import fc from 'fast-check';
import { KEYS } from '../../../src/annotations/keys.ts';
import { refused } from '../../../src/annotations/refused.ts';
import { prefixProblem, variableNameProblem } from '../../../src/annotations/variable-name.ts';
import { formatDuration, parseDuration } from '../../../src/common/duration.ts';
import { AppError } from '../../../src/common/errors.ts';
import { formatCpu, formatMemory, parseQuantity } from '../../../src/common/quantity.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { filePathClashes, filePathProblem } from '../../../src/contract/file-path.ts';
import { FAMILIES } from '../../../src/stores/families.ts';
import { mapOf } from '../generate/json.ts';
import { anyText, damaged, repeated } from '../generate/text.ts';
import { checkMessages, holds } from '../laws.ts';
import { target } from '../target.ts';

const rows = [...Object.values(KEYS), ...Object.values(FAMILIES).flatMap(({ settings }) => Object.values(settings))];
const examples = fc.constantFrom(...rows.map(({ example }) => example), '90s', '1h30m', '64Mi', '0.5', '1e3', '100m', '/keyfirst/secrets');
const scalar = fc.oneof(
  examples,
  damaged(examples),
  anyText,
  repeated(20_000),
  repeated(4_096, ['0', '9', '.', 'e', '-', 'h', 'm', 's', 'Ki', '/', '..', ',', 'a']),
);

export const scalars = target({
  name: 'scalars',
  parses: 'durations, quantities, addresses, names and every other annotation and store setting',
  share: 170,
  inputs: fc.tuple(fc.nat(rows.length - 1), scalar),
  run([which, text]) {
    const row = rows[which];
    const result = row?.schema.safeParse(text);
    if (row !== undefined && result?.success === false) checkMessages([refused(row.schema, text, result.error)], { length: 600 });
    const milliseconds = parseDuration(text);
    if (milliseconds !== undefined) holds(parseDuration(formatDuration(milliseconds)) === milliseconds, 'a duration does not come back');
    const amount = parseQuantity(text);
    if (amount === undefined || amount < 0n) return;
    for (const written of [formatCpu(amount), formatMemory(amount)])
      holds((parseQuantity(written) ?? -1n) >= amount || written.length > 31, `${written} is less`);
  },
});

/** Where a name leads if nobody looks at it. */
const parts = fc.oneof(anyText, fc.constantFrom('a', 'b', '..', '.', '..data', '.keyfirst', '', 'proc', 'dev', 'a\n'));
const paths = fc.oneof(
  fc.array(parts, { maxLength: 5 }).map((names) => names.join('/')),
  fc.array(parts, { maxLength: 5 }).map((names) => `/${names.join('/')}`),
  repeated(4_096, ['/', 'a/', '../', 'é', './']),
);

export const places = target({
  name: 'paths',
  parses: 'file names, mount paths, names of variables',
  share: 140,
  inputs: fc.tuple(paths, fc.array(paths, { maxLength: 3 })),
  run([path, others]) {
    const problem = filePathProblem(path);
    const all = [path, ...others].filter((one) => filePathProblem(one) === undefined);
    for (const { index, other } of filePathClashes(all)) holds(index !== other, 'a path clashes with itself');
    const resolved = new URL(`file:///volume/${path.toWellFormed().split('/').map(encodeURIComponent).join('/')}`).pathname;
    if (problem === undefined)
      holds(resolved.startsWith('/volume/') && !resolved.includes('/..'), `${JSON.stringify(path)} leaves the volume`);
    else checkMessages([problem], { length: 200 });
    const mount = KEYS['mount-path'].schema.safeParse(path);
    if (mount.success) {
      holds(!/[\p{Cc}\ud800-\udfff]/u.test(path) && !path.includes('/../'), `${JSON.stringify(path)} is a mount path`);
      holds(!/^\/(proc|sys|dev)?(\/|$)/.test(path), `${path} is a mount path`);
    }
    for (const name of [variableNameProblem(path), prefixProblem(path)]) checkMessages([name ?? ''], { length: 200 });
  },
});

const VARIABLES = [
  'KEYFIRST_PORT',
  'KEYFIRST_METRICS_PORT',
  'KEYFIRST_SETTINGS',
  'KEYFIRST_LOG_LEVEL',
  'KEYFIRST_TLS_CERT',
  'KEYFIRST_TLS_KEY',
  'KEYFIRST_CALLERS_CA',
  'KEYFIRST_CALLERS_NAMES',
  'KEYFIRST_NAMESPACE',
  'KEYFIRST_POD_NAME',
  'KEYFIRST_SERVICE',
  'KEYFIRST_WEBHOOK_CONFIGURATION',
  'KEYFIRST_DRAIN_SECONDS',
];

export const environment = target({
  name: 'environment',
  parses: "the webhook's environment",
  share: 20,
  inputs: mapOf(
    fc.oneof(fc.constantFrom(...VARIABLES), anyText),
    fc.oneof(anyText, fc.constantFrom('8443', 'info', '/a', '5', '65536', '99999')),
    8,
  ),
  run(env) {
    try {
      loadConfig(env);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      checkMessages([error.message], { length: 3_000 });
    }
  },
});
