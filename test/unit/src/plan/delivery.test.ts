import { describe, expect, it } from 'vitest';
import { chooseDelivery, type DeliverySettings } from '../../../../src/plan/delivery.ts';

type Row = [wanted: DeliverySettings['wanted'], bulk: boolean, command: boolean, fileKeyRef: boolean, check: boolean, expected: string];
const [yes, no] = [true, false];
const NONE = { bulk: false, early: false };

/** The rows of the table above `chooseDelivery`, with every value of what a row leaves open. */
const ROWS: Row[] = [
  ...each((bulk, known, check): Row => ['exec', bulk, yes, known, check, 'exec']),
  ...each((bulk, known, check): Row => ['exec', bulk, no, known, check, 'needs a command']),
  ...each((command, known, check): Row => ['file-key-ref', yes, command, known, check, 'must know the names']),
  ...each((command, check): Row => ['file-key-ref', no, command, yes, check, 'file-key-ref']),
  ...each((command, check): Row => ['file-key-ref', no, command, no, check, 'API server does not know']),
  ...each((known, check): Row => ['auto', yes, yes, known, check, 'exec']),
  ...each((known, check): Row => ['auto', yes, no, known, check, 'needs a command']),
  ...each((command): Row => ['auto', no, command, yes, no, 'file-key-ref']),
  ['auto', no, yes, yes, yes, 'exec'],
  ...each((check): Row => ['auto', no, yes, no, check, 'exec']),
  ['auto', no, no, yes, yes, 'file-key-ref'],
  ...each((check): Row => ['auto', no, no, no, check, 'needs a command']),
];

describe('delivery of variables', () => {
  it.each(ROWS)('%s, bulk %s, command %s, API knows %s, check %s: %s', (wanted, bulk, command, fileKeyRef, check, expected) => {
    const container = { name: 'web', ...(command ? { command: ['/app'] } : {}) };

    const delivery = chooseDelivery(container, { bulk, early: false }, { wanted, fileKeyRef, check });

    if (typeof delivery === 'string') expect(delivery).toBe(expected);
    else if (expected === 'needs a command') expect(delivery.problem).toMatch(/puts? a wrapper before.*has none; set `command`/);
    else expect(delivery.problem).toContain(expected);
  });

  it.each(ROWS)('%s, bulk %s, command %s, API knows %s, check %s: the same for a variable that is used early, but in one row', (...row) => {
    const [wanted, bulk, command, fileKeyRef, check] = row;
    const container = { name: 'web', ...(command ? { command: ['/app'] } : {}) };
    const settings = { wanted, fileKeyRef, check };

    const early = chooseDelivery(container, { bulk, early: true }, settings);

    const onlyByKubelet = JSON.stringify(row.slice(0, 5)) === JSON.stringify(['auto', no, yes, yes, yes]);
    expect(early).toEqual(onlyByKubelet ? 'file-key-ref' : chooseDelivery(container, { bulk, early: false }, settings));
  });

  it('has a row for every case, once', () => {
    const cases = ROWS.map((row) => JSON.stringify(row.slice(0, 5)));

    expect(new Set(cases).size).toBe(3 * 2 ** 4);
    expect(cases).toHaveLength(3 * 2 ** 4);
  });

  it('takes an empty command for none', () => {
    const settings = { wanted: 'exec', fileKeyRef: true, check: true } as const;

    expect(chooseDelivery({ name: 'web', command: [] }, NONE, settings)).toHaveProperty('problem');
    expect(chooseDelivery({ name: 'web', command: null }, NONE, settings)).toHaveProperty('problem');
  });
});

/** One row for each combination of so many booleans as the function takes. */
function each(row: (...open: [boolean, boolean, boolean]) => Row): Row[] {
  const combinations = Array.from({ length: 2 ** row.length }, (_, bits) => [0, 1, 2].map((place) => ((bits >> place) & 1) === 1));
  return combinations.map(([a = no, b = no, c = no]) => row(a, b, c));
}
