import { describe, expect, it } from 'vitest';
import { findTemplate } from '../../../../src/admission/pod-template.ts';

const KEY = 'keyfirst.dev/file.a';
const template = { metadata: { annotations: { [KEY]: 'in' } }, spec: { containers: [] } };
const asPod = { apiVersion: 'v1', kind: 'Pod', ...template };
const misplaced = { metadata: { annotations: { 'keyfirst.dev/file.b': 'out', 'keyfirst.dev/status': 'injected', 'example.com/c': '' } } };

describe('findTemplate', () => {
  it.each([
    ['Deployment', { spec: { template } }, ['spec', 'template']],
    ['Rollout', { spec: { template } }, ['spec', 'template']],
    ['CronJob', { spec: { jobTemplate: { spec: { template } } } }, ['spec', 'jobTemplate', 'spec', 'template']],
    ['PodTemplate', { template }, ['template']],
    ['constructor', { spec: { template } }, ['spec', 'template']],
  ])('of a %s', (kind, object, path) => {
    expect(findTemplate(kind, object)).toEqual({ path, pod: asPod, misplaced: undefined });
  });

  it.each([
    ['no object', 'Deployment', null],
    ['no template', 'Deployment', { spec: {} }],
    ['a template without containers', 'Deployment', { spec: { template: { spec: {} } } }],
    ['a template at another place', 'CronJob', { spec: { template } }],
  ])('finds nothing in %s', (_what, kind, object) => {
    expect(findTemplate(kind, object)).toBeUndefined();
  });

  it('tells which annotations stand around it, and where they belong', () => {
    expect(findTemplate('Deployment', { ...misplaced, spec: { template } })?.misplaced).toEqual({
      keys: ['keyfirst.dev/file.b'],
      place: 'spec.template.metadata.annotations',
    });
  });

  it('looks at every level around it, each key once', () => {
    const jobTemplate = { metadata: { annotations: { [KEY]: '', ...misplaced.metadata.annotations } }, spec: { template } };

    expect(findTemplate('CronJob', { ...misplaced, spec: { jobTemplate } })?.misplaced).toEqual({
      keys: ['keyfirst.dev/file.b', KEY],
      place: 'spec.jobTemplate.spec.template.metadata.annotations',
    });
  });
});
