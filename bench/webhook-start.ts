import { startWebhook, Workplace } from './admission/servers.ts';
import { median } from './measure/processes.ts';
import { type Bench, milliseconds, within } from './row.ts';

/** How long the webhook takes from its start to its first call. */
export const webhookStart: Bench = async (rounds) => {
  using place = await Workplace.create();
  const count = rounds(15);
  const times: number[] = [];
  // The first round fills the page cache and is not counted.
  for (let round = 0; round <= count; round++) {
    await using webhook = await startWebhook(place);
    if (round > 0) times.push(webhook.readyAfter);
  }
  return {
    title: 'Start of the webhook',
    method:
      'The built webhook with certificate files, from the start of Node to the first answer over TLS that it is ready. With certificates of its own it ' +
      `then waits a second until every API server must have seen its CA. ${count} starts, warm page cache.`,
    head: ['', 'median', 'longest'],
    lines: [['to ready', milliseconds(median(times)), milliseconds(Math.max(...times))]],
    goals: [within('ready within 1 s', median(times), 1000, milliseconds)],
  };
};
