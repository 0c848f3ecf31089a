import { findPrometheus } from '../../scripts/prometheus.ts';

/** promtool's path, or why there is none, after trying to fetch it once. Throws with CI=true, where nothing may be skipped. */
export async function findPromtool(): Promise<{ readonly promtool: string } | { readonly missing: string }> {
  try {
    const { promtool } = await findPrometheus(process.env);
    return { promtool };
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error && error.stderr !== '' ? String(error.stderr) : String(error);
    const missing = `promtool cannot be had: ${words.trim().split('\n').slice(0, 2).join(' ')}`;
    if (process.env.CI === 'true') throw new Error(missing, { cause: error });
    return { missing };
  }
}
