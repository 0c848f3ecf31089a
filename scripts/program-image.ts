import type { ImageConfig } from './oci.ts';

/** Where both images hold their bundle. */
export const APP_DIRECTORY = '/app';

/** Folder in it of the injector's programs in C, which the kubelet and other containers start. */
export const BIN_FOLDER = 'bin';

/** Where public Node images have their binary, hence ours too. */
export const NODE_PATH = '/usr/local/bin/node';

/** How both images run; the Dockerfile says the same, compared by a test. The user is a number so that `runAsNonRoot` can check it. */
export const IMAGE_CONFIG = {
  User: '65532:65532',
  Env: ['NODE_ENV=production'],
  WorkingDir: APP_DIRECTORY,
  Entrypoint: [NODE_PATH, `${APP_DIRECTORY}/main.js`],
} as const satisfies ImageConfig;
