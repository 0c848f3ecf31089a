/** Whether two images are of one repository, whatever its registry, and of one tag; a digest may come or go. */
export function isSameImage(existing: string, ours: string): boolean {
  if (existing === ours) return true;
  const [a, b] = [imageParts(existing), imageParts(ours)];
  const sameRepository = a.repository === b.repository || a.repository.endsWith(`/${b.repository}`);
  // A webhook that pins digests may put one in the place of the tag, which then tells us nothing more.
  const sameVersion =
    a.tag !== undefined && b.tag !== undefined
      ? a.tag === b.tag
      : a.digest === undefined || b.digest === undefined || a.digest === b.digest;
  return sameRepository && sameVersion;
}

function imageParts(image: string): { repository: string; tag: string | undefined; digest: string | undefined } {
  const [name = '', digest] = image.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const path = (hasTag ? name.slice(0, colon) : name).split('/');
  const first = path[0] ?? '';
  const hasRegistry = path.length > 1 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return {
    repository: (hasRegistry ? path.slice(1) : path).join('/'),
    tag: hasTag ? name.slice(colon + 1) : undefined,
    digest,
  };
}
