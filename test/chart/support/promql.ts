/** A metric as a PromQL expression uses it. */
export interface Named {
  readonly metric: string;
  /** Labels that select it, and those by which it is summed up. */
  readonly labels: readonly string[];
}

const METRIC = /\b((?:keyfirst|apiserver|process|nodejs)_\w+)(?:\{([^}]*)\})?/g;

/**
 * The metrics of an expression. Labels of `by (…)` are held against every metric of the expression: our expressions never join
 * different metrics.
 */
export function metricsIn(expression: string): Named[] {
  const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  return [...expression.matchAll(METRIC)].map(([, metric = '', selector = '']) => ({
    metric,
    labels: [...new Set([...grouped, ...[...selector.matchAll(/(\w+)\s*[!=]~?=?"/g)].map(([, label = '']) => label)])],
  }));
}
