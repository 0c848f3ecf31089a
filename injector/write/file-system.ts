import type * as fs from 'node:fs';

/** The part of `node:fs` that the writer uses; tests pass one that fails at a chosen step. */
export interface FileSystem {
  mkdtempSync(prefix: string): string;
  mkdirSync(path: string): unknown;
  writeFileSync(path: string, bytes: Uint8Array, options: { mode: number; flag: string }): void;
  chmodSync(path: string, mode: number): void;
  symlinkSync(target: string, path: string): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmSync(path: string, options: { recursive: boolean; force: boolean }): void;
  readdirSync(path: string): string[];
  readlinkSync(path: string): string;
  lstatSync(path: string, options?: { throwIfNoEntry?: boolean }): fs.Stats | undefined;
}
