import { AppError } from '../common/errors.ts';
import { checkCertificateFiles } from './certificate-files.ts';
import { type Clock, systemClock } from './clock.ts';
import type { ConfigurationTrust } from './configuration-trust.ts';
import { readText } from './file-text.ts';
import type { CertificateSource, ServingCertificate } from './source.ts';
import type { SourceLog } from './source-log.ts';

export interface FileSourceOptions {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Absent: nobody can tell whether the API server accepts them. */
  readonly trust?: ConfigurationTrust | undefined;
  readonly log?: SourceLog;
  readonly clock?: Clock;
}

/** Kubernetes replaces mounted files by swapping a symlink above them, which file events miss; reading 2 small files is cheap. */
const POLL = 10_000;

/**
 * Certificates from files, read again every 10 s. A new pair is used when it is whole and in order; until then, and when a
 * file is gone or half-written or the API server would refuse it, the old one stays. `start` rejects with `AppError<'certificate-files'>` that lists every problem.
 */
export function fileSource({ certificateFile, keyFile, trust, log, clock = systemClock }: FileSourceOptions): CertificateSource {
  const stopping = new AbortController();
  let current: ServingCertificate | undefined;
  let work: Promise<unknown> = Promise.resolve();

  const check = async () => {
    const [certificate, key] = await Promise.all([readText(certificateFile), readText(keyFile)]);
    return checkCertificateFiles(certificate, key, new Date(clock.now()));
  };

  async function poll(first: ServingCertificate, onChange: (certificate: ServingCertificate) => void): Promise<void> {
    let told = '';
    const tell = (problems: readonly string[]) => {
      const text = problems.join('; ');
      if (text !== told && text !== '') log?.warn({ problems }, 'certificate files not in order; the certificate in use stays');
      told = text;
    };
    current = first;
    while (!stopping.signal.aborted) {
      await clock.sleep(POLL, stopping.signal);
      const result = await check();
      if (stopping.signal.aborted) return;
      if (!result.ok) {
        tell(result.problems);
        continue;
      }
      const { certificate: next } = result;
      if (next.certificate === current.certificate && next.key === current.key) continue;
      const why = await trust?.whyNotYet(current, next, stopping.signal);
      if (stopping.signal.aborted) return;
      tell(why === undefined ? [] : [why]);
      if (why !== undefined) continue;
      current = next;
      onChange(current);
    }
  }

  return {
    async start(onChange) {
      const result = await check();
      if (!result.ok) {
        const list = result.problems.map((problem) => `- ${problem}`).join('\n');
        throw new AppError('certificate-files', `the certificate files are not in order:\n${list}`);
      }
      current = result.certificate;
      work = Promise.all([poll(current, onChange), trust?.run(current, stopping.signal)]);
      return current;
    },
    notReady() {
      if (current === undefined) return 'the certificate files are not read yet';
      return clock.now() >= current.notAfter.getTime()
        ? `${certificateFile}: expired on ${current.notAfter.toISOString()}; renew it, it is read again every 10 s`
        : trust?.notReady(current);
    },
    async stop() {
      stopping.abort();
      await work;
    },
  };
}
