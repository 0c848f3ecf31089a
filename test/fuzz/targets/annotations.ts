import fc from 'fast-check';
import { limitIssues } from '../../../src/admission/limits.ts';
import { parseAnnotations } from '../../../src/annotations/parse.ts';
import { parseSecretsList } from '../../../src/annotations/secrets-list.ts';
import { filePathProblem } from '../../../src/contract/file-path.ts';
import { renderIssues } from '../../../src/issues/issue.ts';
import { decision } from '../../support/pods.ts';
import { anyAnnotations } from '../generate/annotations.ts';
import { anyList } from '../generate/yaml.ts';
import { checkMessages, checkPrototypes, holds, isNamedAfterSecret } from '../laws.ts';
import { target } from '../target.ts';
import { LONGEST_ANSWER } from './pods.ts';

const context = { ...decision().annotations, serviceAccount: {} };
const none = { containers: [] };

export const annotations = target({
  name: 'annotations',
  parses: 'all annotations of a pod',
  share: 50,
  inputs: anyAnnotations,
  run(input) {
    if (limitIssues(input, none).length > 0) return;
    const result = parseAnnotations(input, context);
    if (!result.ok) {
      holds(result.issues.length > 0, 'refused without a reason');
      if (isNamedAfterSecret(input)) return;
      checkMessages([renderIssues(result.issues).replaceAll('\n', ' ')], { length: LONGEST_ANSWER });
      return;
    }
    const { stores, ...request } = result.request;
    checkPrototypes([request, [...stores]]);
    for (const { file } of request.files) holds(filePathProblem(file) === undefined, `the path ${JSON.stringify(file)} was taken`);
  },
});

export const list = target({
  name: 'secrets-list',
  parses: 'the YAML of `keyfirst.dev/secrets`, to 131,000 characters',
  share: 40,
  inputs: fc.oneof({ weight: 200, arbitrary: anyList(2_048) }, { weight: 1, arbitrary: anyList(131_000) }),
  run(text) {
    const { entries, issues } = parseSecretsList('keyfirst.dev/secrets', text);
    checkMessages(
      issues.map(({ message }) => message),
      { length: 1_200 },
    );
    checkPrototypes(entries);
  },
});
