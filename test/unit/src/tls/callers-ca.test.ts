import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callersCa } from '../../../../src/tls/callers-ca.ts';
import { makeCa, type Pair } from '../../../support/caller-certificates.ts';
import { fakeClock, fakeLog, until } from '../../../support/tls-fakes.ts';

let first: Pair;
let second: Pair;
beforeAll(async () => {
  [first, second] = await Promise.all([makeCa('first'), makeCa('second')]);
});

let folder: string;
let file: string;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyfirst-callers-'));
  file = join(folder, 'ca.pem');
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await rm(folder, { recursive: true });
});

function open() {
  const clock = fakeClock();
  const { log, lines } = fakeLog();
  const ca = callersCa({ file, log, clock });
  stops.push(() => ca.stop());
  return { ca, clock, messages: () => lines.map(({ message }) => message), lines };
}

describe('the CA of callers', () => {
  it('is not started with what is not in order, and the error names file, variable and every problem', async () => {
    await writeFile(file, first.key);
    await expect(open().ca.start(() => undefined)).rejects.toMatchObject({
      code: 'callers-ca',
      message: expect.stringMatching(
        /\(KEYFIRST_CALLERS_CA\) is not in order:\n- .*ca\.pem: holds a private key.*\n- .*holds no certificate/,
      ),
    });
  });

  it('is read again every 10 s, and told when it is another', async () => {
    await writeFile(file, first.cert);
    const { ca, clock, messages } = open();
    const told: string[][] = [];
    const start = await ca.start((renewed) => told.push(renewed.map(({ subject }) => subject)));
    expect(start.map(({ subject }) => subject)).toEqual(['CN=first']);

    await clock.advance(20_000);
    expect(told).toEqual([]);
    await writeFile(file, first.cert + second.cert);
    await clock.advance(10_000);
    await until(() => told.length === 1);

    expect(told).toEqual([['CN=first', 'CN=second']]);
    expect(messages()).toEqual(['CA of callers renewed']);
  });

  it.each([
    ['gone', () => rm(file)],
    ['empty', () => writeFile(file, '')],
    ['half-written', () => writeFile(file, second.cert.slice(0, 100))],
  ])('stays as it is while the file is %s, which is said once', async (_what, spoil) => {
    await writeFile(file, first.cert);
    const { ca, clock, lines } = open();
    const told: unknown[] = [];
    await ca.start((renewed) => told.push(renewed));

    await spoil();
    await clock.advance(10_000);
    await until(() => lines.length > 0);
    await clock.advance(20_000);

    expect(told).toEqual([]);
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'CA file of callers not in order; the CA in use stays',
        data: { problems: [expect.stringContaining(file)] },
      },
    ]);
    await writeFile(file, second.cert);
    await clock.advance(10_000);
    await until(() => told.length === 1);
  });
});
