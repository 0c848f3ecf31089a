import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { patched } from '../../../support/patched.ts';
import { decision } from '../../../support/pods.ts';

const FOLDER = new URL('../../../fixtures/pods/', import.meta.url);

/** `UPDATE_GOLDEN=1` writes the expected pods anew; read the difference before you commit it. */
const update = process.env.UPDATE_GOLDEN === '1';

describe('golden pods', () => {
  it.each(readdirSync(FOLDER))('%s', (name) => {
    const pod = parse(readFileSync(new URL(`${name}/pod.yaml`, FOLDER), 'utf8'));
    const expected = new URL(`${name}/expected.yaml`, FOLDER);

    const result = mutatePod(pod, 'shop', decision(undefined, 37));
    const after = patched(pod, result);
    const warnings = result.kind === 'inject' ? result.plan.warnings : [];

    if (update) writeFileSync(expected, stringify({ pod: after, warnings }, { lineWidth: 0, aliasDuplicateObjects: false }));
    expect(existsSync(expected)).toBe(true);
    expect({ pod: after, warnings }).toEqual(parse(readFileSync(expected, 'utf8')));
  });
});
