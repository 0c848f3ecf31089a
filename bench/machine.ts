import { cpus, release, totalmem } from 'node:os';

/** On what and when is measured, name and value. */
export function describeMachine(): Record<string, string> {
  const processors = cpus();
  return {
    on: new Date().toISOString().slice(0, 10),
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: String(processors.length),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `Linux ${release()}`,
    Node: process.version,
  };
}
