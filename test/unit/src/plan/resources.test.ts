import { describe, expect, it } from 'vitest';
import { INIT_CONTAINER } from '../../../../src/contract/names.ts';
import type { Container } from '../../../../src/plan/pod.ts';
import { chooseResources, type WantedResources } from '../../../../src/plan/resources.ts';

const STANDARD = { cpuRequest: '50m', memoryRequest: '64Mi', memoryLimit: '128Mi', sizeLimit: '4Mi' };
const LARGE = guaranteed('4', '8Gi');

function guaranteed(cpu: string, memory: string, more: Partial<Container> = {}): Container {
  return { name: 'x', resources: { limits: { cpu, memory } }, ...more };
}

function choose(containers: Container[], wanted: WantedResources = {}, initContainers: Container[] = [], position?: number) {
  const spec = { containers, initContainers };
  const others = [...containers, ...initContainers.filter(({ name }) => name !== INIT_CONTAINER)];
  return chooseResources(spec, others, { ...STANDARD, ...wanted }, position);
}

describe('resources beside Guaranteed containers', () => {
  it.each<[string, WantedResources, cpu: string, memory: string]>([
    ['nothing special', {}, '500m', '128Mi'],
    ['a large volume', { sizeLimit: '256Mi' }, '500m', '320Mi'],
    ['a larger memory limit', { memoryLimit: '512Mi' }, '500m', '512Mi'],
    ['a larger memory request', { memoryRequest: '200Mi' }, '500m', '200Mi'],
    ['a smaller memory limit', { memoryLimit: '32Mi' }, '500m', '128Mi'],
    ['empty values', { cpuRequest: '', cpuLimit: '', memoryRequest: '', memoryLimit: '' }, '500m', '128Mi'],
    ['a larger CPU limit', { cpuLimit: '2' }, '2000m', '128Mi'],
    ['a larger CPU request', { cpuRequest: '750m' }, '750m', '128Mi'],
    ['more than the pod has', { cpuLimit: '16', memoryLimit: '64Gi' }, '4000m', '8192Mi'],
    ['no size limit given', { sizeLimit: undefined }, '500m', '128Mi'],
  ])('with %s', (_name, wanted, cpu, memory) => {
    expect(choose([LARGE], wanted)).toMatchObject({ resources: { requests: { cpu, memory }, limits: { cpu, memory } }, warnings: [] });
  });

  it('warn when the pod is too small for its volume, with a remedy that helps', () => {
    const { resources, warnings } = choose([guaranteed('200m', '100Mi')], { sizeLimit: '256Mi', memoryLimit: '512Mi' });

    expect(resources).toMatchObject({ limits: { memory: '100Mi' } });
    expect(warnings).toEqual([
      expect.stringMatching(/size-limit 256Mi .* 100Mi leaves; lower keyfirst\.dev\/size-limit, or give the containers/),
    ]);
    expect(choose([guaranteed('200m', '320Mi')], { sizeLimit: '256Mi' }).warnings).toEqual([]);
  });

  const tiny = guaranteed('20m', '16Mi');
  const sidecar = guaranteed('20m', '16Mi', { restartPolicy: 'Always' });
  it.each<[string, Container[], position: number, reserved: string | undefined]>([
    ['nothing else', [], 0, '100m CPU and 96Mi memory'],
    ['a larger init container', [guaranteed('1', '1Gi')], 0, undefined],
    ['an init container larger in CPU only', [guaranteed('1', '16Mi')], 0, '96Mi memory'],
    ['a larger sidecar after ours', [guaranteed('1', '1Gi', { restartPolicy: 'Always' })], 0, undefined],
    ['a sidecar before ours', [sidecar], 1, '120m CPU and 112Mi memory'],
    ['a sidecar before ours and a large init container', [sidecar, guaranteed('1', '1Gi')], 1, undefined],
    ['a large init container before a sidecar', [guaranteed('110m', '100Mi'), sidecar], 2, '120m CPU and 112Mi memory'],
    ['a sidecar before a large init container', [sidecar, guaranteed('100m', '96Mi')], 1, undefined],
    ['ours already there', [guaranteed('1', '1Gi', { name: INIT_CONTAINER })], 0, '100m CPU and 96Mi memory'],
  ])('say what the pod now reserves, with %s', (_name, initContainers, position, reserved) => {
    const expected = reserved === undefined ? [] : [expect.stringMatching(new RegExp(`reserves ${reserved}$`))];

    expect(choose([tiny], {}, initContainers, position).warnings).toEqual(expected);
  });
});

describe('resources of other pods', () => {
  it('warn when the volume may outgrow the memory limit, and name the key to raise', () => {
    const warnings = (wanted: WantedResources) => choose([{ name: 'web' }], wanted).warnings;

    expect(warnings({ sizeLimit: '64Mi' })).toEqual([]);
    expect(warnings({ sizeLimit: '65Mi' })).toEqual([
      expect.stringMatching(/^size-limit 65Mi .* 128Mi leaves; raise keyfirst\.dev\/resources\.memory-limit$/),
    ]);
    expect(warnings({ sizeLimit: '65Mi', memoryLimit: '256Mi' })).toEqual([]);
    expect(warnings({ sizeLimit: '1Gi', memoryLimit: '' })).toEqual([]);
  });

  it('leave the check to the caller where no size limit is given', () => {
    expect(choose([{ name: 'web' }], { sizeLimit: undefined })).toMatchObject({ memoryLimit: '128Mi', warnings: [] });
    expect(choose([{ name: 'web' }])).not.toHaveProperty('memoryLimit');
  });
});
