import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type InjectReport, inject } from '../../../../src/cli/inject.ts';
import { decisionSettings } from '../../../../src/config/decision-settings.ts';
import { parseSettings } from '../../../../src/config/settings.ts';

const settings = parseSettings('devStore: true\nstores: {dev: {config-map: demo}}');
if (!settings.ok) throw new Error('the settings of the test are wrong');
const decision = decisionSettings(settings.settings);

const run = (...texts: string[]) => runWith(true, ...texts);
function runWith(serviceAccounts: boolean, ...texts: string[]): InjectReport {
  const sources = texts.map((text, index) => ({ name: `file-${index + 1}.yaml`, text }));
  return inject(sources, { decision, namespace: 'fallback', serviceAccounts });
}

const ASKS = 'keyfirst.dev/file.key: dev://shop/db#password';
const template = (indent: string) =>
  [
    'template:',
    '  metadata:',
    `    annotations: {${ASKS}}`,
    '  spec:',
    '    containers:',
    '    - name: web # the app',
    '      image: web:1',
    '',
  ].join(`\n${indent}`);

/** Lines of the output that the input does not have, in order; fails when a line of the input is gone. */
function added(input: string, output: string): string[] {
  const before = input.split('\n');
  const lines: string[] = [];
  for (const line of output.split('\n')) {
    if (line === before[0]) before.shift();
    else lines.push(line);
  }
  expect(before).toEqual([]);
  return lines;
}

const podAt = (text: string, path: (string | number)[], document = 0) => {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents) ? documents[document]?.getIn(path) && documents[document].toJS() : undefined;
};

describe('what gets secrets', () => {
  it.each([
    ['Pod', `kind: Pod\nmetadata:\n  name: x\n  annotations: {${ASKS}}\nspec:\n  containers:\n  - name: web\n`, ['spec']],
    ['Deployment', `kind: Deployment\nmetadata: {name: x}\nspec:\n  ${template('  ')}`, ['spec', 'template', 'spec']],
    ['StatefulSet', `kind: StatefulSet\nspec:\n  ${template('  ')}`, ['spec', 'template', 'spec']],
    ['DaemonSet', `kind: DaemonSet\nspec:\n  ${template('  ')}`, ['spec', 'template', 'spec']],
    ['ReplicaSet', `kind: ReplicaSet\nspec:\n  ${template('  ')}`, ['spec', 'template', 'spec']],
    ['ReplicationController', `kind: ReplicationController\nspec:\n  ${template('  ')}`, ['spec', 'template', 'spec']],
    ['Job', `kind: Job\nspec:\n  ${template('  ')}`, ['spec', 'template', 'spec']],
    [
      'CronJob',
      `kind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      ${template('      ')}`,
      ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
    ],
    ['PodTemplate', `kind: PodTemplate\n${template('')}`, ['template', 'spec']],
    ['a kind nobody knows', `kind: Rollout\napiVersion: argoproj.io/v1alpha1\nspec:\n  ${template('  ')}`, ['spec', 'template', 'spec']],
    [
      'a list',
      `kind: List\nitems:\n- kind: Service\n- kind: Job\n  spec:\n    ${template('    ')}`,
      ['items', 1, 'spec', 'template', 'spec'],
    ],
    [
      'a typed list',
      `kind: PodList\nitems:\n- metadata: {annotations: {${ASKS}}}\n  spec:\n    containers:\n    - name: a\n`,
      ['items', 0, 'spec'],
    ],
  ])('%s', (_name, text, path) => {
    const { output, problems } = run(text);

    expect(problems).toEqual([]);
    const document = parseAllDocuments(output)[0];
    expect(document?.toJS() && document.getIn([...path, 'initContainers', 0, 'name'])).toBe('keyfirst-init');
    expect(document?.getIn([...path, 'containers', 0, 'volumeMounts', 0, 'name'])).toBe('keyfirst-secrets');
  });

  it('leaves everything else as it is, byte for byte', () => {
    const text =
      '# c\nkind: ConfigMap\ndata:  {a: 0o17,   b: yes}\n---\n\n---\n# none\n--- # odd\nkind: Pod\nspec: {containers: [{name: a}]}\n...\n';

    expect(run(text).output).toBe(text);
    expect(run('').output).toBe('');
    expect(run('# nothing\n').output).toBe('# nothing\n');
  });

  it('takes the namespace of the object, else the one given', () => {
    const pod = (namespace: string) =>
      `kind: Pod\nmetadata: {name: a${namespace}, annotations: {${ASKS}}}\nspec: {containers: [{name: a}]}\n`;

    expect(run(pod(', namespace: shop')).output).toContain(String.raw`\"namespace\":\"shop\"`);
    expect(run(pod('')).output).toContain(String.raw`\"namespace\":\"fallback\"`);
  });
});

describe('how it is written', () => {
  it('only inserts lines, in the style of the document', () => {
    const text = [
      '# head',
      'kind: Pod   # a pod',
      'metadata:',
      '    name: x',
      '    annotations:',
      `        ${ASKS}   # the key`,
      '',
      'spec:',
      '    initContainers:',
      '    # about migrate',
      '    - name: migrate',
      '    volumes: ~',
      '    containers:',
      '    - name: web',
      '      future: ["\\u0024x", 0644, 1.50]',
      '      volumeMounts:',
      '      - mountPath: /x',
      '        name: data # data',
      '    - name: script',
      '      command:',
      '      - |+',
      '        # not a comment',
      '',
      '',
      '# end',
      '',
    ].join('\n');

    const { output, problems } = run(text);

    expect(problems).toEqual([]);
    const lines = added(text.replace(' ~', ''), output);
    expect(lines.filter((line) => /^ {0,8}\S/.test(line) && /keyfirst-(init|secrets)|status|volumeMounts/.test(line))).toEqual([
      '        keyfirst.dev/status: injected',
      '    - name: keyfirst-init',
      '      volumeMounts:',
      '      - name: keyfirst-secrets',
      '      volumeMounts:',
      '      - name: keyfirst-secrets',
      '    - name: keyfirst-secrets',
      '      - name: keyfirst-secrets',
      '      volumeMounts:',
      '      - name: keyfirst-secrets',
    ]);
    expect(output).toContain('    initContainers:\n    - name: keyfirst-init\n');
    expect(output).toContain('    # about migrate\n    - name: migrate\n');
    expect(output).toContain('        # not a comment\n\n\n      volumeMounts:\n');
  });

  it('keeps JSON what it is, with all digits', () => {
    const object = {
      kind: 'Pod',
      metadata: { annotations: { 'keyfirst.dev/file.key': 'dev://a#b' } },
      spec: { containers: [{ name: 'a' }] },
    };
    for (const indent of [0, 2, 4, '\t']) {
      const text = JSON.stringify({ big: 1, ...object }, null, indent).replace(/("big": ?)1/, '$112345678901234567890');

      const { output, problems } = run(text);

      expect(problems).toEqual([]);
      expect(output).toContain('12345678901234567890');
      expect(JSON.parse(output)).toMatchObject({ spec: { initContainers: [{ name: 'keyfirst-init' }] } });
    }
  });

  it('keeps a byte order mark', () => {
    const { output, problems } = run(`\uFEFFkind: Pod\nmetadata:\n  annotations:\n    ${ASKS}\nspec:\n  containers:\n  - name: a\n`);

    expect(problems).toEqual([]);
    expect(output.startsWith('\uFEFFkind: Pod\nmetadata:\n  annotations:\n    keyfirst.dev/file.key')).toBe(true);
    expect(output).toContain('\n  initContainers:\n  - name: keyfirst-init\n');
  });

  it('keeps Windows line ends', () => {
    const { output } = run(`kind: Pod\r\nmetadata:\r\n  annotations:\r\n    ${ASKS}\r\nspec:\r\n  containers:\r\n  - name: a\r\n`);

    expect(output.replaceAll('\r\n', '')).not.toContain('\n');
    expect(podAt(output, ['spec', 'initContainers'])).toMatchObject({ spec: { initContainers: [{ name: 'keyfirst-init' }] } });
  });

  it('ends the last line where the file does not', () => {
    const { output } = run(`kind: Pod\nmetadata:\n  annotations:\n    ${ASKS}\nspec:\n  containers:\n  - name: a`);

    expect(podAt(output, ['spec', 'initContainers'])).toMatchObject({ spec: { initContainers: [{ name: 'keyfirst-init' }] } });
    expect(output.endsWith('\n')).toBe(true);
  });

  it('separates files that do not separate themselves', () => {
    expect(run('a: 1', '---\nb: 2\n', '# c\nc: 3\n', '\n', '%YAML 1.1\n---\nd: 4\n').output).toBe(
      'a: 1\n---\nb: 2\n---\n# c\nc: 3\n...\n%YAML 1.1\n---\nd: 4\n',
    );
  });
});

describe('anchors and aliases', () => {
  const shared = `kind: Pod
metadata:
  name: a
  annotations: &ours
    ${ASKS}
  labels: *ours
spec:
  containers:
  - &base
    name: web # the app
    mode: 0644
    version: 1.50
    on: yes
  - <<: *base
    name: worker
`;

  it('never changes a shared node: writes the sharing out and says so', () => {
    const { output, warnings } = run(shared);

    const pod = parseAllDocuments(output, { version: '1.1' })[0]?.toJS();
    expect(pod.metadata.labels).toEqual({ 'keyfirst.dev/file.key': 'dev://shop/db#password' });
    expect(pod.metadata.annotations).toMatchObject({ 'keyfirst.dev/status': 'injected' });
    expect(
      pod.spec.containers.map(({ name, mode, volumeMounts }: Record<string, unknown[]>) => [name, mode, volumeMounts?.length]),
    ).toEqual([
      ['web', 420, 1],
      ['worker', 420, 1],
    ]);
    expect(output).toMatch(/# the app[\s\S]*mode: 0644[\s\S]*version: 1\.50/);
    expect(warnings).toEqual(['file-1.yaml: document 1: a part that Keyfirst adds to is shared, so anchors and aliases were written out']);
  });

  it('leaves sharing alone that is elsewhere', () => {
    const text = `kind: Pod\nmetadata:\n  labels: &l {a: b}\n  annotations:\n    ${ASKS}\nspec:\n  selector: *l\n  containers:\n  - name: web\n`;

    const { output, warnings } = run(text);

    expect(added(text, output).length).toBeGreaterThan(10);
    expect(warnings).toEqual([]);
  });
});

describe('what it says', () => {
  const bad = (name: string) =>
    `kind: Pod\nmetadata:\n  name: ${name}\n  annotations:\n    keyfirst.dev/fil.x: hunter2\n    keyfirst.dev/file.y: hunter2\nspec: {containers: [{name: a}]}\n`;

  it('lists all problems of all documents and prints no manifest', () => {
    const { output, problems } = run(
      `a: b\n---\n${bad('one')}`,
      `kind: List\nitems: [{kind: Job, metadata: {generateName: two-}, spec: {template: {metadata: {annotations: {keyfirst.dev/order: middle, keyfirst.dev/file.k: 'dev://a'}}, spec: {containers: [{name: a}]}}}}]`,
    );

    expect(output).toBe('');
    expect(problems.map((problem) => problem.split(': ').slice(0, 3).join(': '))).toEqual([
      'file-1.yaml: document 2 (Pod one): keyfirst.dev/fil.x',
      'file-1.yaml: document 2 (Pod one): keyfirst.dev/file.y',
      'file-2.yaml: document 1, item 1 (Job two-): keyfirst.dev/order',
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each([
    ['a: b\n  c: hunter2', 'line 1, column 4: not valid YAML: two keys stand on one line, or a value with `: ` needs quotes'],
    ['a: 1\na: hunter2', 'line 2, column 1: not valid YAML: the same key is there twice in one map'],
    ['a: *hunter2', 'an alias (`*name`) has no anchor before it, or aliases multiply beyond all measure'],
    ['a: "hunter2', 'line 1, column 12: not valid YAML: a `:`, a comma, a quote or a space is missing'],
  ])('places errors of YAML without quoting it: %j', (text, message) => {
    expect(run(`x: y\n---\n${text}`).problems.map((problem) => problem.replace(/line (\d+)/, (_, line) => `line ${line - 2}`))).toEqual([
      `file-1.yaml: document 2: ${message}`,
    ]);
  });

  it('stops aliases that multiply', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`);

    expect(run(['a0: &a0 x', ...levels].join('\n')).problems).toHaveLength(1);
  });

  it('warns about annotations on the workload itself', () => {
    const text = `kind: Deployment\nmetadata: {name: web, annotations: {${ASKS}}}\nspec: {template: {spec: {containers: [{name: a}]}}}\n`;

    const { output, warnings } = run(text);

    expect(output).toBe(text);
    expect(warnings).toEqual([
      'file-1.yaml: document 1 (Deployment web): keyfirst.dev/file.key does nothing here; annotations for the pods belong in spec.template.metadata.annotations',
    ]);
  });

  it('passes on the warnings of the plan', () => {
    const { warnings } = run(
      `kind: Pod\nmetadata: {name: p, annotations: {${ASKS}}}\nspec: {shareProcessNamespace: true, containers: [{name: a}]}`,
    );

    expect(warnings).toEqual([expect.stringContaining('file-1.yaml: document 1 (Pod p): the pod sets shareProcessNamespace')]);
  });

  it('explains each decision', () => {
    const pod = (annotations: string) =>
      `---\nkind: Pod\nmetadata: {name: p, annotations: {${annotations}}}\nspec: {containers: [{name: a}]}\n`;

    expect(
      run(`kind: Service\n${pod('')}${pod(ASKS)}${pod(`${ASKS}, keyfirst.dev/inject: "false"`)}${pod('keyfirst.dev/order: x')}---\n`)
        .explanations,
    ).toEqual([
      'file-1.yaml: document 1 (Service): has no pod and no pod template',
      'file-1.yaml: document 2 (Pod p): left as it is: no annotation of the pod asks for a secret',
      'file-1.yaml: document 3 (Pod p): secrets for a at /keyfirst/secrets',
      'file-1.yaml: document 4 (Pod p): left as it is: keyfirst.dev/inject is "false"',
      'file-1.yaml: document 5 (Pod p): refused: invalid-annotation',
    ]);
  });
});

describe('ServiceAccounts among the manifests', () => {
  const account = (name: string, more = '') =>
    `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n${more}  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/${name}\n    other: 1\n`;
  const asking = (more = '', metadata = '') =>
    `kind: Pod\nmetadata:\n  name: x\n${metadata}  annotations:\n    keyfirst.dev/file.key: aws-sm://shop/db\n    keyfirst.dev/store.aws.region: eu-central-1\nspec:\n${more}  containers:\n  - name: web\n`;
  const NAMED = '  serviceAccountName: web\n';
  const ROLE = 'role/web';

  it.each<[string, string[]]>([
    ['in the same file', [`${account('web')}---\n${asking(NAMED)}`]],
    ['in a later file', [asking(NAMED), account('web')]],
    ['in a list', [`kind: List\nitems:\n- ${account('web').trimEnd().replaceAll('\n', '\n  ')}\n`, asking(NAMED)]],
    [
      'in a list of its kind',
      [
        `apiVersion: v1\nkind: ServiceAccountList\nitems:\n- metadata: {name: web, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/web"}}\n`,
        asking(NAMED),
      ],
    ],
    ['in a namespace that both name', [account('web', '  namespace: shop\n'), asking(NAMED, '  namespace: shop\n')]],
    ['in the namespace of those that name none', [account('web', '  namespace: fallback\n'), asking(NAMED)]],
    ['by the older field of the pod', [account('web'), asking('  serviceAccount: web\n')]],
    ['twice, of which the last is applied last', [account('other').replace('name: other', 'name: web'), account('web'), asking(NAMED)]],
  ])('give the pod its identity: %s', (_what, texts) => {
    const { output, problems } = run(...texts);

    expect(problems).toEqual([]);
    expect(output).toContain(ROLE);
    expect(output).toContain('audience: sts.amazonaws.com');
    expect(output).not.toContain('role/other"');
    expect(output.match(/"roleArn":"[^"]*"/)?.[0]).toContain(ROLE);
  });

  it('stand for `default` where the pod names none', () => {
    expect(run(account('default'), asking()).output).toContain('"roleArn":"arn:aws:iam::111122223333:role/default"');
  });

  it.each<[string, string[]]>([
    ['of another name', [account('other'), asking(NAMED)]],
    ['of another namespace', [account('web', '  namespace: shop\n'), asking(NAMED)]],
    ['of another API', [account('web').replace('apiVersion: v1', 'apiVersion: cloudplatform.gcp.upbound.io/v1beta1'), asking(NAMED)]],
    ['that say nothing', ['apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n', asking(NAMED)]],
    ['whose annotation is no text', [account('web').replace(/(?<= )arn:.*/, '[1]'), asking(NAMED)]],
  ])('do not where they are those %s', (_what, texts) => {
    expect(run(...texts)).toMatchObject({ problems: [], output: expect.not.stringContaining('"roleArn"') });
  });

  it('do not where the settings say that they do not on the cluster', () => {
    expect(runWith(false, account('web'), asking(NAMED)).output).not.toContain('"roleArn"');
  });
});

describe('variables', () => {
  it('go before what is there, and every other byte stays', () => {
    const input = [
      'kind: Pod',
      'metadata:   # odd blanks',
      '  annotations: {keyfirst.dev/env.A: dev://a#b, keyfirst.dev/env.B: dev://b#c}',
      'spec:',
      '  containers:',
      '  - name: web',
      '    command: ["/app",   "-v"]   # runs',
      '  - name: worker',
      '    command:',
      '      # the worker',
      '      - /worker',
      '  initContainers:',
      '  - name: later   # runs after ours',
      '    env:',
      '    - name: OWN   # its own',
      '      value: x',
      '',
    ].join('\n');
    const learnt = decisionSettings(settings.settings, { minor: 37 });

    const { output, problems, warnings } = inject([{ name: 'pod.yaml', text: input }], {
      decision: learnt,
      namespace: 'x',
      serviceAccounts: true,
    });

    const [wrapper, list] = ['/keyfirst/secrets/.keyfirst/exec', '/keyfirst/secrets/.keyfirst/env'];
    expect([problems, warnings]).toEqual([[], []]);
    expect(output).toContain(`    command: ["${wrapper}", "${list}", "/app",   "-v"]   # runs\n`);
    expect(output).toContain(`    command:\n      - ${wrapper}\n      - ${list}\n      # the worker\n      - /worker\n`);
    const names = parseAllDocuments(output)[0]
      ?.toJS()
      .spec.initContainers.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['keyfirst-init', 'keyfirst-check', 'later']);
    expect(output).toMatch(/- name: A\n(.*\n)+ +- name: B\n(.*\n)+ +- name: OWN {3}# its own\n/);
  });
});
