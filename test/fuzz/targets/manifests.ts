import fc from 'fast-check';
import { stringify } from 'yaml';
import { inject } from '../../../src/cli/inject.ts';
import { askingForVariables, askingPod } from '../../support/arbitrary-pods.ts';
import { decision } from '../../support/pods.ts';
import { misshapen, nested } from '../generate/json.ts';
import { damaged } from '../generate/text.ts';
import { anyList, yamlPieces } from '../generate/yaml.ts';
import { checkMessages, holds } from '../laws.ts';
import { target } from '../target.ts';

const options = { decision: decision(undefined, 37), namespace: 'default', serviceAccounts: true };
const pods = fc.oneof(askingPod, askingForVariables);
const text = (value: unknown) => stringify(value, { version: '1.1' });

export const manifests = target({
  name: 'manifests',
  parses: 'the YAML of `keyfirst inject`, a tool of the user; the bound is 500 ms',
  share: 4,
  bound: 500,
  inputs: fc.oneof(
    { weight: 45, arbitrary: damaged(pods.map(text), yamlPieces) },
    { weight: 30, arbitrary: misshapen(pods).map(text) },
    {
      weight: 2,
      arbitrary: misshapen(pods.map((pod) => ({ kind: 'List', items: [pod, { kind: 'Deployment', spec: { template: pod } }] }))).map(text),
    },
    { weight: 1, arbitrary: nested },
    { weight: 30, arbitrary: anyList(2_048) },
  ),
  run(manifest) {
    const { output, problems, warnings, explanations } = inject([{ name: 'x.yaml', text: manifest }], options);
    holds(problems.length === 0 || output === '', 'there is output in spite of a problem');
    checkMessages(
      [...problems, ...warnings, ...explanations].map((line) => line.replaceAll('\n', ' ')),
      { length: 9_000 },
    );
  },
});
