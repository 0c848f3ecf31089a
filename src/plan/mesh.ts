import type { Container } from './pod.ts';

/** Proxies that carry a pod's traffic; as native sidecars they must start before us. */
const PROXIES = new Set(['istio-proxy', 'linkerd-proxy', 'kuma-sidecar']);
/** Init containers that set a mesh up; like the proxies they have no use for an app's secrets. */
const SETUP = new Set(['istio-init', 'istio-validation', 'linkerd-init', 'linkerd-network-validator', 'kuma-init', 'kuma-validation']);

export function belongsToMesh({ name }: Container): boolean {
  return PROXIES.has(name) || SETUP.has(name);
}

export function isNativeMeshProxy({ name, restartPolicy }: Container): boolean {
  return PROXIES.has(name) && restartPolicy === 'Always';
}
