import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { valueRows } from '../../scripts/chart/values-table.ts';
import { CHART } from '../../scripts/helm.ts';
import { renderReadme } from '../../scripts/render-chart.ts';
import { ROOT } from './support/chart.ts';

/** The formatter pads the columns of tables. */
const unpadded = (text: string) => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');
const read = (file: string) => readFileSync(join(CHART, file), 'utf8');

describe('values.yaml', () => {
  it.each(valueRows(read('values.yaml')))('explains $path', ({ sentence }) => {
    expect(sentence).toMatch(/^[A-Z`].*\.$/);
  });

  it('has a default for every value that the schema knows', () => {
    const schema = JSON.parse(read('values.schema.json'));
    const known = (properties: object) => Object.keys(properties).filter((key) => key !== 'global');
    const values = parse(read('values.yaml'));

    expect(Object.keys(values)).toEqual(expect.arrayContaining(known(schema.properties)));
    expect(Object.keys(values.webhook)).toEqual(expect.arrayContaining(known(schema.properties.webhook.properties)));
    expect(Object.keys(values.webhook.image)).toEqual(known(schema.definitions.image.properties));
    expect(Object.keys(values.certificates.files)).toEqual(known(schema.properties.certificates.properties.files.properties));
  });
});

describe("the chart's README", () => {
  it('has the table of values (`npm run generate` writes it)', () => {
    expect(unpadded(read('README.md'))).toBe(unpadded(renderReadme(read('README.md'), read('values.yaml'))));
  });
});

describe('Chart.yaml', () => {
  it("has the package's version as the app's, and one of its own", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

    expect(parse(read('Chart.yaml'))).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/), appVersion: version });
  });
});
