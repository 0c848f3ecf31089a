import { expect, it } from 'vitest';
import { gateIn } from '../../../../src/kube/feature-gate.ts';

it.each([
  ['kubernetes_feature_enabled{name="EnvFiles",stage="BETA"} 1', true],
  ['kubernetes_feature_enabled{name="EnvFiles",stage=""} 1', true],
  ['kubernetes_feature_enabled{name="EnvFiles",stage="BETA"} 0', false],
  ['kubernetes_feature_enabled{name="EnvFilesToo",stage="BETA"} 1', undefined],
  ['# HELP kubernetes_feature_enabled [BETA] EnvFiles', undefined],
  ['', undefined],
])('%s', (line, expected) => {
  expect(gateIn(line, 'EnvFiles')).toBe(expected);
});
