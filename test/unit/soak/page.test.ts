import { describe, expect, it } from 'vitest';
import { type Creation, kindOfCreation } from '../../../soak/creation.ts';
import { failures, soakPage } from '../../../soak/page.ts';
import { QUIET } from '../../../soak/run.ts';
import { countBy, tally } from '../../../soak/tally.ts';

const creation = (more: Partial<Creation> = {}): Creation => ({
  kind: 'file',
  at: 0,
  phase: QUIET,
  outcome: 'injected',
  why: '',
  took: 10,
  away: 0,
  ...more,
});

describe('kindOfCreation', () => {
  it('sends one in five to no webhook, one in four seconds is real, the others take turns', () => {
    const rate = 20;
    const seconds = 40;
    const kinds = Array.from({ length: seconds * rate * 1.25 }, (_, number) => kindOfCreation(number, rate));

    const { none, real, file, variable } = Object.fromEntries(countBy(kinds, (kind) => kind));
    expect(none).toBe(200);
    expect(real).toBe(10);
    expect([file, variable].every((count) => (count ?? 0) > 350)).toBe(true);
  });
});

describe('tally', () => {
  it('counts and ranks', () => {
    const times = Array.from({ length: 100 }, (_, index) => creation({ took: 100 - index }));

    expect(tally([...times, creation({ outcome: 'bare', took: 500 }), creation({ outcome: 'refused', took: 0.5, away: 3 })])).toEqual({
      calls: 102,
      refused: 1,
      bare: 1,
      waited: 1,
      p50: 50,
      p99: 100,
      longest: 500,
    });
  });
});

describe('failures', () => {
  const faults = [{ name: 'a kill', mayRefuse: /connection refused/ }, { name: 'a rollout' }];
  const refused = (phase: string, why = '500 dial tcp: connection refused') => creation({ outcome: 'refused', phase, why });

  it('forgives what no webhook can prevent', () => {
    expect(failures([creation(), refused('a kill')], faults)).toEqual([]);
  });

  it.each([
    refused('a rollout'),
    refused(QUIET),
    refused('a kill', '500 the policy'),
    creation({ outcome: 'bare', phase: 'a kill', why: '201 connection refused' }),
  ])('forgives nothing else: $outcome, $phase, $why', (failed) => {
    expect(failures([failed], faults)).toEqual([failed]);
  });
});

describe('the page', () => {
  const spans = [{ name: 'a fault', from: 10_000, to: 15_400 }];
  const result = {
    creations: [creation(), creation({ kind: 'none', took: 4 })],
    spans,
    authorities: 7,
    real: { made: 3, succeeded: 2, without: 0 },
  };

  it('says the goals are met when nothing failed', () => {
    const page = soakPage('service', { on: 'today' }, result);

    expect(page).toContain('| nothing else |  | 1 | 0 | 0 | 10 ms | 10 ms | 10 ms | 4.0 ms | 4.0 ms |');
    expect(page).toContain('| 10 s | 15 s | a fault |');
    expect(page).toContain('Of 3 pods that were no dry run, 2 found their secrets; 1 never started');
    expect(page).not.toContain('not met');
    expect(page).toContain('The API server calls the address of the Service');
    expect(page).toContain('[The same](soak-endpoints.md) where it calls [a replica picked anew');
  });

  it('tells what was refused and that a goal was missed', () => {
    const refused = creation({ outcome: 'refused', phase: 'a fault', why: '500 connection refused' });

    const page = soakPage('endpoints', {}, { ...result, creations: [refused, refused] });

    expect(page).toContain('| a fault | 500 connection refused | 2 |');
    expect(page).toContain('| none refused but while a replica is paused | 2 | **not met** |');
  });
});
