import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const LOGGER = join(import.meta.dirname, '../../../../src/common/logger.ts');

it('loses no line when the process ends at once', () => {
  const program = `import { createLogger } from ${JSON.stringify(LOGGER)};
    const log = createLogger('info');
    for (let line = 0; line < 1000; line++) log.info({ line }, 'a line');
    process.exit(0);`;

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });

  expect(stderr).toBe('');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).line);
  expect(lines).toEqual(Array.from({ length: 1000 }, (_, line) => line));
});
