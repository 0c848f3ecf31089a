import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RETRY_AFTER } from '../support/faults-apply.ts';
import { type Case, caseTitle, type FaultedStore, type FaultId, faultCases } from '../support/faults-expected.ts';
import { missingStores } from '../support/faults-missing.ts';
import { FaultReport } from '../support/faults-report.ts';
import { type FaultRun, runWithFault } from '../support/faults-run.ts';
import { type OpenStore, UNPRINTABLE } from '../support/faults-store.ts';
import { OPEN } from '../support/faults-stores.ts';
import { bundleInjector } from '../support/injector-bundle.ts';

// Mostly they wait.
vi.setConfig({ maxConcurrency: 12 });

const MISSING = await missingStores();
const STORES = Object.keys(OPEN) as FaultedStore[];
/** Answers with a fault until a deadline of 3 s at the most; with nothing to wait for, back-off alone says how many. */
const MOST_TRIES: Partial<Record<FaultId, number>> = { silence: 1, drip: 1, 'slow-down': 25, 'retry-after': 3, 'retry-tomorrow': 2 };

describe('a fault of a store', () => {
  const open = new Map<FaultedStore, OpenStore>();
  const report = new FaultReport(STORES);
  let injector: Awaited<ReturnType<typeof bundleInjector>>;

  beforeAll(async () => {
    injector = await bundleInjector();
    const present = STORES.filter((name) => MISSING[name] === undefined);
    await Promise.all(present.map(async (name) => open.set(name, await OPEN[name]())));
  });
  afterAll(async () => {
    const text = report.text();
    mkdirSync('dist/reports', { recursive: true });
    writeFileSync('dist/reports/faults.md', text);
    console.log(text);
    await Promise.all([...open.values()].map((store) => store[Symbol.asyncDispose]()));
    injector?.[Symbol.dispose]();
  });

  const cases = STORES.flatMap((name) => faultCases(name).map((one) => [titleOf(name, one), name, one] as const));
  it.concurrent.for(cases)('%s', async ([, name, one], { skip }) => {
    const store = open.get(name);
    if (store === undefined) return skip(MISSING[name]);
    const run = await runWithFault(store, one, process.env.KEYFIRST_TEST_INJECTOR ?? injector.main);
    report.add(name, one, run, store.tooLarge === one.fault);

    expect([run.exitCode, run.signal, run.stderr], run.message).toEqual([one.expected.exitCode, null, '']);
    for (const secret of UNPRINTABLE) expect(run.stdout + run.message).not.toContain(secret);
    expect(run.leftovers).toEqual([]);
    expect(run.elapsed).toBeLessThan(run.deadline + 1000);
    if (one.expected.ending === 'delivered') delivered(run, one, store);
    else failed(run, one, store);
  });
});

function titleOf(name: FaultedStore, one: Case): string {
  return `${name}: ${caseTitle(one)}${MISSING[name] === undefined ? '' : ` (skipped: ${MISSING[name]})`}`;
}

function delivered(run: FaultRun, { fault, phase }: Case, store: OpenStore): void {
  expect(run.message).toMatch(/^Keyfirst delivered 2 files\./);
  expect(run.entries.toSorted()).toEqual([expect.stringMatching(/^\.\.\d{4}_/), '..data', 'folder']);
  expect([run.delivered.length, run.exact]).toEqual([2, true]);
  const spoilt = phase === 'passes' ? run.asked.filter((one) => one.spoilt) : [];
  expect(run.asked.length).toBeGreaterThanOrEqual(store.requests + spoilt.length);
  expect(run.asked.length).toBeLessThanOrEqual(store.requests + spoilt.length * store.readRequests);
  if (fault !== 'retry-after') return;
  for (const { step, at } of spoilt) {
    const next = run.asked.find((one) => one.step === step && one.at > at);
    expect((next?.at ?? 0) - at).toBeGreaterThanOrEqual(RETRY_AFTER);
  }
}

function failed(run: FaultRun, { fault, phase, expected }: Case, store: OpenStore): void {
  expect([run.entries, run.delivered]).toEqual([[], []]);
  const overdue = expected.ending === 'by the deadline';
  // The place, each secret concerned, and what to do.
  expect(run.message).toContain(new URL(run.address).host);
  expect(run.message).toContain(`keyfirst.dev/file.second: ${store.reference('second')}`);
  if (phase === 'lasts at login') expect(run.message).toContain(`keyfirst.dev/file.first: ${store.reference('first')}`);
  expect(run.message).toMatch(/ Asked as .*\. (Check|Let|Look|Read|Start) .*\./);
  expect(run.message.includes('not read within the deadline of 3s; last: ')).toBe(overdue);
  expect(run.stdout.includes('"msg":"trying again"')).toBe(overdue && MOST_TRIES[fault] !== 1);
  const most = overdue ? (MOST_TRIES[fault] ?? 12) * store.readRequests : 1 + (store.singleReads ?? 0);
  expect(run.asked.length).toBeLessThan(store.requests + most);
}
