import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildDashboard } from './dashboard/build.ts';
import { drawStat, drawTimeseries } from './dashboard/draw.ts';
import { type PanelSpec, ROWS } from './dashboard/panels.ts';
import { RECORDING, type Recording } from './dashboard/recording.ts';

/*
 * Draws the dashboard with what `record-dashboard` saw, each panel at its place on Grafana's grid, into docs/images/dashboard.png.
 * Needs Debian's package `chromium`, which takes the picture of the page. Grafana's own look differs in details.
 */
const PNG = join(import.meta.dirname, '../docs/images/dashboard.png');
/** Of one column and one row of the grid, in pixels. */
const COLUMN = 42;
const ROW = 30;
const GAP = 8;
/** Without those about the network Chromium calls home at each start. */
const HEADLESS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars'.split(
    ' ',
  );

const recording = JSON.parse(readFileSync(RECORDING, 'utf8')) as Recording;
const specs = new Map<string, PanelSpec>(ROWS.flatMap(({ panels }) => panels).map((spec) => [`${spec.title}/${spec.description}`, spec]));
const panels = buildDashboard().panels ?? [];
const height = Math.max(...panels.map(({ gridPos }) => (gridPos ? gridPos.y + gridPos.h : 0))) * ROW + 56;
const html = panels.map((panel) => {
  const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
  const box = { width: w * COLUMN - GAP, height: h * ROW - GAP };
  const place = `left:${x * COLUMN + GAP}px;top:${y * ROW + 48}px;width:${box.width}px;height:${box.height}px`;
  if (panel.type === 'row') return `<h2 style="${place}">${panel.title}</h2>`;
  const spec = specs.get(`${panel.title}/${'description' in panel ? panel.description : ''}`);
  if (spec === undefined) throw new Error(`no panel ${panel.title}`);
  const answers = Object.keys(spec.queries).map((_, index) => recording.answers[`${panel.id}${String.fromCodePoint(65 + index)}`] ?? []);
  const inner = { width: box.width - 16, height: box.height - 34 };
  const drawn = spec.kind === 'stat' ? drawStat(spec, answers) : drawTimeseries(spec, answers, recording, inner);
  return `<section style="${place}"><h3>${spec.title}</h3>${drawn}</section>`;
});
const style = `
  body { margin: 0; background: #111217; color: #ccccdc; font: 13px "DejaVu Sans", sans-serif }
  h1 { font-size: 18px; margin: 14px 0 0 12px } h2, section { position: absolute } h2 { font-size: 14px; margin: 4px 0 }
  section { background: #181b1f; border: 1px solid #2c2f36; border-radius: 3px; box-sizing: border-box; padding: 6px 8px }
  .legend { font-size: 10px; line-height: 13px; height: 40px; overflow: hidden }
  h3 { font-size: 13px; font-weight: 500; margin: 0 0 6px } .value { font-size: 34px; text-align: center; padding-top: 12px }`;
const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
const page = join(folder, 'page.html');
writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>${style}</style><h1>Keyfirst</h1>${html.join('')}`);
mkdirSync(dirname(PNG), { recursive: true });
execFileSync(
  'chromium',
  [
    ...HEADLESS,
    `--user-data-dir=${join(folder, 'profile')}`,
    `--window-size=${24 * COLUMN + GAP},${height}`,
    `--screenshot=${PNG}`,
    pathToFileURL(page).href,
  ],
  // Its helpers would keep a pipe open after it ended.
  { stdio: 'ignore', timeout: 60_000, killSignal: 'SIGKILL' },
);
