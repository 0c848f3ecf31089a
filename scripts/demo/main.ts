import { play } from './play.ts';
import { createScreen } from './screen.ts';
import { openStage } from './stage.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const screen = createScreen(process.stdout, process.env);
// A reader such as `head` may leave early.
process.stdout.on('error', () => process.exit(1));
if (process.argv.includes('--cluster')) {
  const { startOnCluster } = await import('./cluster/start.ts');
  process.exit(await startOnCluster(process.env, screen));
}
for (const [signal, exitCode] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(exitCode));
try {
  const stage = openStage();
  // Whatever ends the demo, this runs last.
  process.on('exit', () => stage.clear());
  await play(stage, screen);
  stage.clear();
} catch (error) {
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
const { green, bold } = screen.colors;
screen.say(`\n${green('Done, and nothing is left behind.')} Next: put it on a cluster; ${bold('README.md')} has the steps.`);
process.exit(0);
