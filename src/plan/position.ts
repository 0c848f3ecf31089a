import { isNativeMeshProxy } from './mesh.ts';
import type { Container } from './pod.ts';

/**
 * Where our container goes among the init containers. `auto` is after the last mesh proxy that is a native sidecar,
 * because traffic flows only through it; without one, first, so that every later init container has the files.
 */
export function choosePosition(initContainers: readonly Container[], order: 'auto' | 'first' | 'last'): number {
  switch (order) {
    case 'first':
      return 0;
    case 'last':
      return initContainers.length;
    case 'auto':
      return initContainers.findLastIndex(isNativeMeshProxy) + 1;
    default:
      return order satisfies never;
  }
}
