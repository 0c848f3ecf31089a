import { quoted } from './result.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What may follow a prefix. */
const REST = /^[A-Za-z0-9_]+$/;

/**
 * The names of variables for the keys of a map, in their order: the prefix, then the key with `_` in place of `/`, `.` and `-`.
 * Keys that cannot be names and keys that would share one are problems, all of them told.
 */
export function variableNames(keys: readonly string[], prefix = ''): { names: ReadonlyMap<string, string>; problems: readonly string[] } {
  const names = new Map<string, string>();
  const problems: string[] = [];
  const owners = new Map<string, string>();
  for (const key of keys) {
    const rest = key.replaceAll(/[/.-]/g, '_');
    const name = prefix + rest;
    const owner = owners.get(name);
    if (!(prefix === '' ? NAME : REST).test(rest))
      problems.push(
        `the key ${quoted(key)} cannot be the name of a variable, which has letters, digits and \`_\` only, the first no digit`,
      );
    else if (owner === undefined) {
      owners.set(name, key);
      names.set(key, name);
    } else problems.push(`the keys ${quoted(owner)} and ${quoted(key)} both become the variable \`${name}\``);
  }
  return { names, problems };
}
