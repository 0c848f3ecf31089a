import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const Workflow = z.looseObject({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: z.record(z.string(), z.string()).optional(),
      steps: z.array(z.looseObject({ run: z.string().optional() })),
    }),
  ),
});

describe.each(globSync('.github/workflows/*.yml'))('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const workflow = Workflow.parse(parse(text));

  it('pins every action by commit and says its version', () => {
    const actions = text.match(/^ +(?:- )?uses: .*$/gm) ?? [];

    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('gives no job more than it names, and none the right to write to the repository', () => {
    const granted = [workflow, ...Object.values(workflow.jobs)].flatMap(({ permissions }) => Object.entries(permissions ?? {}));

    expect(granted.filter(([name, level]) => level === 'write' && !['id-token', 'attestations'].includes(name))).toEqual([]);
  });

  it('puts no text from outside into a script', () => {
    const scripts = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });
});
