import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPLY, replaced, untouched } from './faults-apply.ts';
import type { Case, FaultId } from './faults-expected.ts';
import { type ProxiedRequest, startFaultProxy } from './faults-proxy.ts';
import { type OpenStore, PLACEHOLDER, VALUES, type ValueName } from './faults-store.ts';
import { localCertificate } from './tls.ts';
import { InjectorBox, type InjectorRun } from './vault-injector.ts';
import { IDENTITY } from './vault-login.ts';

/** What a passing fault spoils: so many answers, else 1, of these steps, else of all. A try takes 10 s to be given up, slowing down as long. */
const SPOILT: Partial<Record<FaultId, { readonly answers?: number; readonly steps?: RegExp }>> = {
  reset: { answers: 2 },
  broken: { answers: 2 },
  silence: { steps: /second/ },
  drip: { steps: /second/ },
  'slow-down': { steps: /login|second/ },
  'retry-after': { steps: /login|second/ },
};

export interface Asked {
  readonly step: string;
  /** Milliseconds of the process's clock. */
  readonly at: number;
  readonly spoilt: boolean;
}
export interface FaultRun extends InjectorRun {
  readonly deadline: number;
  readonly address: string;
  readonly asked: readonly Asked[];
  /** Milliseconds from the first request to the end of the process: how long starting Node takes is not the matter here. */
  readonly elapsed: number;
  /** Names in the output folder, links and hidden ones included. */
  readonly entries: readonly string[];
  /** Names in the one folder that the links lead to. */
  readonly delivered: readonly string[];
  /** Whether each delivered file has exactly the bytes of its value. */
  readonly exact: boolean;
  /** What else is there now below the root that was not before. */
  readonly leftovers: readonly string[];
}

/** Runs the real injector on two secrets of a store behind a proxy that misbehaves. */
export async function runWithFault(store: OpenStore, { fault, phase, expected }: Case, main: string): Promise<FaultRun> {
  const names: readonly ValueName[] = fault === 'one-mb' || fault === 'five-mb' ? ['first', fault] : ['first', 'second'];
  const deadline = expected.ending === 'by the deadline' ? 3_000 : 30_000;
  const asked: Asked[] = [];
  const { answers = 1, steps = /./ } = SPOILT[fault] ?? {};
  const spoils = (step: string): boolean => {
    if (phase === 'lasts') return true;
    if (phase === 'lasts at login') return step === 'login';
    if (phase === 'lasts at a read') return step.includes('second');
    return steps.test(step) && asked.filter((one) => one.step === step && one.spoilt).length < answers;
  };
  const tls = store.tls === true ? await localCertificate() : undefined;
  await using proxy = await startFaultProxy({
    tls,
    upstreamOf: (request) => store.upstreamOf(request),
    applyTo(request) {
      const step = store.isLogin(request) ? 'login' : readStep(request);
      const spoilt = spoils(step);
      asked.push({ step, at: performance.now(), spoilt });
      if (fault === store.tooLarge) return replaced(PLACEHOLDER, VALUES[fault]);
      return spoilt ? APPLY[fault] : untouched;
    },
  });
  using box = new InjectorBox(store.token());
  mkdirSync(join(box.root, 'ca'));
  writeFileSync(join(box.root, 'ca/ca.crt'), tls?.certificate ?? '');
  const before = everything(box.root);
  const config = store.config(proxy.address);
  const entry = (name: ValueName) => ({
    key: `keyfirst.dev/file.${name}`,
    file: `folder/${name}`,
    from: store.reference(name),
    mode: 0o440,
  });
  const result = await box.run(
    {
      version: 1,
      identity: IDENTITY,
      deadline,
      messageBytes: 4096,
      stores: { [config.provider]: config },
      secrets: names.map(entry),
    },
    { main },
  );
  const ended = performance.now();
  const output = join(box.root, 'keyfirst/secrets');
  const entries = readdirSync(output);
  const delivered = entries.includes('folder') ? readdirSync(join(output, 'folder')) : [];
  return {
    ...result,
    deadline,
    address: proxy.address,
    asked,
    elapsed: ended - (asked[0]?.at ?? ended),
    entries,
    delivered,
    exact: delivered.every((name) => readFileSync(join(output, 'folder', name)).equals(Buffer.from(VALUES[name as ValueName]))),
    leftovers: everything(box.root).filter((path) => !before.includes(path) && !path.startsWith('keyfirst/secrets/')),
  };
}

/** Which objects a request is about: their names are in the path or in the body. */
function readStep({ method, path, body }: ProxiedRequest): string {
  if (path.includes('/ui/mounts/')) return 'mount';
  const text = path + body.toString();
  const names = Object.keys(VALUES).filter((name) => text.includes(name));
  return `${method} ${names.join('+')}`;
}

function everything(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path !== 'dev/termination-log');
}
