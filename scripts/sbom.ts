import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import spdx from 'spdx-expression-parse';

export interface SbomPackage {
  readonly name: string;
  readonly version: string;
  /** As package.json has it: an SPDX expression, or other words. */
  readonly license: string | undefined;
  /** `sha512-<base64>`, as the lock file has it. */
  readonly integrity: string | undefined;
}

export interface SbomSubject {
  readonly program: string;
  readonly version: string;
  /** Version of the Node that the image runs. */
  readonly node: string;
  readonly packages: readonly SbomPackage[];
}

const licenses = new Contrib.License.Factories.LicenseFactory(spdx);

/**
 * The parts of a program's image as a CycloneDX 1.6 document (JSON): Node, and every npm package of which the bundle holds code.
 * The same arguments give the same text: no time, no serial number.
 */
export function sbom({ program, version, node, packages }: SbomSubject): string {
  const subject = new Models.Component(Enums.ComponentType.Application, `keyfirst-${program}`, {
    version,
    bomRef: `keyfirst-${program}`,
    licenses: new Models.LicenseRepository([licenses.makeFromString('Apache-2.0')]),
  });
  const runtime = new Models.Component(Enums.ComponentType.Platform, 'node', {
    version: node,
    bomRef: 'node',
    purl: new PackageURL('generic', undefined, 'node', node, undefined, undefined).toString(),
    cpe: `cpe:2.3:a:nodejs:node.js:${node}:*:*:*:*:*:*:*`,
  });
  const bom = new Models.Bom();
  bom.metadata.component = subject;
  for (const component of [runtime, ...packages.map(componentOf)]) {
    bom.components.add(component);
    subject.dependencies.add(component.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 1 })}\n`;
}

function componentOf({ name, version, license, integrity }: SbomPackage): Models.Component {
  const [group, own] = name.startsWith('@') ? [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)] : [undefined, name];
  const purl = new PackageURL('npm', group, own, version, undefined, undefined).toString();
  return new Models.Component(Enums.ComponentType.Library, own, {
    ...(group === undefined ? {} : { group }),
    version,
    purl,
    bomRef: purl,
    licenses: new Models.LicenseRepository(license === undefined ? [] : [licenses.makeFromString(license)]),
    hashes: new Models.HashDictionary(hashOf(integrity)),
  });
}

function hashOf(integrity = ''): [Enums.HashAlgorithm, string][] {
  const [, sha512] = /^sha512-(\S+)$/.exec(integrity) ?? [];
  return sha512 === undefined ? [] : [[Enums.HashAlgorithm['SHA-512'], Buffer.from(sha512, 'base64').toString('hex')]];
}
