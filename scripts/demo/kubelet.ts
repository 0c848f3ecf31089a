import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { DEV_DIRECTORY, DEV_FILE, INIT_CONTAINER, SECRETS_DIRECTORY, TERMINATION_LOG } from '../../src/contract/names.ts';
import type { Running, Stage } from './stage.ts';

const INJECTOR = fileURLToPath(new URL('../../injector/main.ts', import.meta.url));
const APP = fileURLToPath(new URL('./app.js', import.meta.url));

const Container = z.object({ name: z.string(), env: z.array(z.object({ name: z.string(), value: z.string() })).default([]) });
const PatchedPod = z.object({ spec: z.object({ initContainers: z.array(Container), containers: z.array(Container) }) });

/** The part of the kubelet: prepares the volumes of a patched pod, then runs its containers. */
export interface Kubelet {
  /** The one variable of our init container. */
  readonly config: string;
  runInitContainer(): Promise<{ running: Running; exitCode: number | null; ended: number; terminationMessage: string }>;
  runApp(): Promise<{ running: Running; exitCode: number | null; ended: number }>;
}

/** `storeContent`: what the ConfigMap of the dev store would hold. */
export function openKubelet(stage: Stage, patchedPod: unknown, storeContent: string): Kubelet {
  const { spec } = PatchedPod.parse(patchedPod);
  const root = join(stage.directory, 'pod');
  mount(join(root, DEV_DIRECTORY, 'dev', DEV_FILE), storeContent);
  mount(join(root, TERMINATION_LOG), '');
  mkdirSync(join(root, SECRETS_DIRECTORY));

  const init = environment(spec.initContainers.find(({ name }) => name === INIT_CONTAINER));
  const app = environment(spec.containers[0]);
  return {
    config: init.KEYFIRST_CONFIG ?? '',
    async runInitContainer() {
      const running = stage.start(INJECTOR, { ...init, KEYFIRST_ROOT: root });
      const exitCode = await running.ended;
      return { running, exitCode, ended: Date.now(), terminationMessage: readFileSync(join(root, TERMINATION_LOG), 'utf8') };
    },
    async runApp() {
      // Without a container there is no mount: the same paths, below the pod's folder.
      const running = stage.start(APP, Object.fromEntries(Object.entries(app).map(([name, path]) => [name, join(root, path)])));
      return { running, exitCode: await running.ended, ended: Date.now() };
    },
  };
}

function mount(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function environment(container: z.infer<typeof Container> | undefined): Record<string, string> {
  return Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []);
}
