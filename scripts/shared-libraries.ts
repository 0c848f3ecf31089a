/** The files that `ldd` lists for a binary, the dynamic loader included. Throws when one is not on this machine. */
export function sharedLibraries(ldd: string): string[] {
  const missing = [...ldd.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
  if (missing.length > 0)
    throw new Error(`this machine lacks libraries that Node loads: ${missing.join(', ')}; install them and try again`);
  // "libm.so.6 => /lib/libm.so.6 (0x…)" or, for the loader, "/lib64/ld-linux-x86-64.so.2 (0x…)".
  return [...ldd.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].flatMap(([, path]) => path ?? []).sort();
}
