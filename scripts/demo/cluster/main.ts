import { clusterUnderTest } from '../../../test/support/cluster.ts';
import { createScreen } from '../screen.ts';
import { playOnCluster } from './play.ts';
import { setUp } from './set-up.ts';

/** The demo inside a cluster that is up: KUBECONFIG and the rest of the environment say which. */
const screen = createScreen(process.stdout, process.env);
const cluster = clusterUnderTest(process.env);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(new Error('it was stopped')));
const stopped = new Promise<never>((_resolve, reject) => stop.signal.addEventListener('abort', () => reject(stop.signal.reason)));

let clear = async () => {};
try {
  await Promise.race([
    stopped,
    (async () => {
      screen.say(screen.colors.bold('Keyfirst on a real cluster: the keys arrive first, then the app starts.'));
      const stage = setUp(cluster);
      clear = stage.clear;
      await playOnCluster(cluster, await stage.ready, screen);
    })(),
  ]);
} catch (error) {
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await clear().catch((error: unknown) => process.stderr.write(`Not everything could be removed: ${String(error)}\n`));
}
if (process.exitCode === undefined) {
  const { green, bold } = screen.colors;
  screen.say(`\n${green('Done, and nothing is left behind.')} Next: put it on a cluster of yours; ${bold('README.md')} has the steps.`);
}
process.exit();
