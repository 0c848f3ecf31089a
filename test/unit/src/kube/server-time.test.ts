import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverTime } from '../../../../src/kube/server-time.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2030, 5, 1, 12);
const header = (time: number) => new Date(time).toUTCString();

/** A machine and an API server, the machine ahead of it by `ahead` minutes. */
function setUp(ahead: number) {
  let elapsed = 5_000;
  const machine = { ahead };
  const told: number[] = [];
  const server = () => NOON + elapsed;
  const time = serverTime((minutes) => told.push(minutes), { wall: () => server() + machine.ahead * MINUTE, elapsed: () => elapsed });
  return {
    time,
    told,
    machine,
    server,
    answer: () => time.note(header(server())),
    pass: (minutes: number) => (elapsed += minutes * MINUTE),
  };
}

describe('serverTime', () => {
  it("is the machine's as long as nothing is known", () => {
    const { time, server } = setUp(300);
    expect(time.now()).toBe(server() + 300 * MINUTE);
  });

  it.each([0, 10, -10, 29, -29])("is the machine's where that is %i minutes ahead", (ahead) => {
    const { time, told, server, answer } = setUp(ahead);
    answer();

    expect(time.now()).toBe(server() + ahead * MINUTE);
    expect(told).toEqual([]);
  });

  it.each([31, -31, 300, -300, 60 * 24 * 365])("is the API server's where the machine is %i minutes ahead, which is told once", (ahead) => {
    const { time, told, server, answer, pass } = setUp(ahead);
    for (let times = 0; times < 3; times += 1) {
      answer();
      pass(10);
      expect(Math.abs(time.now() - server())).toBeLessThan(1_000);
    }
    expect(told).toEqual([ahead]);
  });

  it("is the machine's again when somebody has put that right, and tells the next time", () => {
    const { time, told, machine, server, answer } = setUp(300);
    answer();
    machine.ahead = 0;
    expect(time.now()).toBe(server());
    answer();
    machine.ahead = -300;
    answer();

    expect(Math.abs(time.now() - server())).toBeLessThan(1_000);
    expect(told).toEqual([300, -300]);
  });

  it('takes no notice of an answer without a date', () => {
    const { time, told, server } = setUp(300);
    for (const date of [undefined, '', 'tomorrow']) time.note(date);

    expect(time.now()).toBe(server() + 300 * MINUTE);
    expect(told).toEqual([]);
  });

  it("is never further from the API server's than half an hour and the second of its header", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.nat(10_000), (ahead, later) => {
        const { time, server, answer, pass } = setUp(ahead);
        answer();
        pass(later);
        expect(Math.abs(time.now() - server())).toBeLessThanOrEqual(30 * MINUTE + 1_000);
      }),
    );
  });
});
