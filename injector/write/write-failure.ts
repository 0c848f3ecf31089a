import { AppError } from '../../src/common/errors.ts';
import type { Failure } from '../failure.ts';

/** Why the files could not be written, from what the file system threw. */
export function writeFailure(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const about = { code: 'write', key: '', reference: '' } as const;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      ...about,
      what: 'the secrets do not fit into the memory volume',
      remedy: 'Raise the annotation `keyfirst.dev/size-limit`; replacing files needs room for twice their content.',
    };
  }
  if (code === 'EEXIST') {
    return {
      ...about,
      what: 'the volume holds a file that is not ours under a name we need',
      remedy: 'Nobody else may write to this volume; remove it.',
    };
  }
  if (error instanceof AppError || code === undefined) throw error;
  return {
    ...about,
    what: `the files cannot be written (${code})`,
    remedy: 'Check who may write to the volume: its owner, `fsGroup` and the user of this container.',
  };
}
