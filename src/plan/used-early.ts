import type { Setter } from './claims.ts';
import type { Container } from './pod.ts';

/** Variables of ours that a container uses where only the kubelet's are seen, not those of a wrapper; each name once. */
export interface UsedEarly {
  /** As `$(NAME)`, which the kubelet replaces before it starts anything. */
  readonly replaced: readonly string[];
  /** As a shell's `$NAME` in a command that the runtime starts beside the container's: probes and hooks with `exec`. */
  readonly beside: readonly string[];
}

export function usedEarly(container: Container, setter: Setter): UsedEarly {
  const { command, args, env } = container;
  const texts = [...(command ?? []), ...(args ?? []), ...(env ?? []).map(({ value }) => value ?? '')];
  const ours = (names: readonly string[]) => [...new Set(names)].filter((name) => setter(name) !== undefined);
  return { replaced: ours(texts.flatMap(mentions)), beside: ours(besideCommands(container).flatMap(shellMentions)) };
}

/** Names in `$(NAME)` as the kubelet reads a text: `$$` stands for one dollar, so that `$$(NAME)` mentions nothing. */
export function mentions(text: string): string[] {
  const names: string[] = [];
  for (let at = text.indexOf('$'); at >= 0; ) {
    let next = at + 1;
    if (text[next] === '$') next++;
    else if (text[next] === '(') {
      const end = text.indexOf(')', next);
      if (end < 0) break;
      names.push(text.slice(next + 1, end));
      next = end + 1;
    }
    at = text.indexOf('$', next);
  }
  return names;
}

/** The kubelet replaces nothing of ours in these: it knows only plain values there. */
function shellMentions(text: string): string[] {
  return [...text.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].flatMap(([, name]) => name ?? []);
}

function besideCommands({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  return handlers.flatMap((handler) => handler?.exec?.command ?? []);
}
