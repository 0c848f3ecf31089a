import { LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { PanelSpec } from './panels.ts';
import type { Recording, Series } from './recording.ts';

use([LineChart, GridComponent, SVGRenderer]);

const COLORS = { green: '#73bf69', yellow: '#f2cc0c', red: '#f2495c' };
const PALETTE = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#8ab8ff', '#ffa6b0'];
const SOFT = '#8e8e98';
/** Height of the names below a panel's lines, in pixels. */
const LEGEND = 40;

/** The last value, in the colour of its threshold, as HTML. */
export function drawStat({ unit, decimals, thresholds = [['green', null]] }: PanelSpec, answers: readonly (readonly Series[])[]): string {
  const value = answers[0]?.[0]?.points.at(-1)?.[1];
  if (value === undefined) return `<div class="value">no data</div>`;
  const [color] = thresholds.findLast(([, from]) => from === null || value >= from) ?? ['green'];
  return `<div class="value" style="color:${COLORS[color]}">${format(value, unit, decimals)}</div>`;
}

/** The lines of a panel over time with their names below, as SVG and HTML. */
export function drawTimeseries(
  { queries, unit, stacked, max, decimals }: PanelSpec,
  answers: readonly (readonly Series[])[],
  { from, to }: Pick<Recording, 'from' | 'to'>,
  { width, height }: { width: number; height: number },
): string {
  const legends = Object.keys(queries);
  const lines = answers.flatMap((series, index) =>
    series.map(({ labels, points }) => ({
      name: (legends[index] ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? ''),
      type: 'line' as const,
      data: points.map(([time, value]) => [time * 1000, value]),
      showSymbol: false,
      lineStyle: { width: 1.5 },
      ...(stacked ? { stack: 'all', areaStyle: { opacity: 0.3 } } : {}),
    })),
  );
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height: height - LEGEND });
  chart.setOption({
    animation: false,
    color: PALETTE,
    grid: { left: 68, right: 12, top: 8, bottom: 24 },
    xAxis: {
      type: 'time',
      min: from * 1000,
      max: to * 1000,
      axisLabel: { color: SOFT, hideOverlap: true, formatter: '{HH}:{mm}:{ss}' },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      ...(max === undefined ? {} : { max }),
      ...(decimals === 0 ? { minInterval: 1 } : {}),
      splitNumber: 4,
      axisLabel: { color: SOFT, formatter: (value: number) => format(value, unit, decimals) },
      splitLine: { lineStyle: { color: '#25282e' } },
    },
    series: lines,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}<div class="legend">${lines.map(({ name }, index) => `<span style="color:${PALETTE[index % PALETTE.length]}">▬</span> ${name} `).join(' ')}</div>`;
}

function format(value: number, unit: PanelSpec['unit'], decimals?: number): string {
  const short = (number: number) => String(Number(number.toFixed(decimals ?? (Math.abs(number) < 3 ? 2 : 1))));
  switch (unit) {
    case 'bytes':
      return `${short(value / 1024 ** 2)} MiB`;
    case 'percentunit':
      return `${short(value * 100)} %`;
    case 'ops':
      return `${short(value)} ops/s`;
    case 's':
      if (value >= 2 * 86_400) return `${short(value / 86_400)} days`;
      if (value >= 7200) return `${short(value / 3600)} hours`;
      return value === 0 || value >= 1 ? `${short(value)} s` : `${short(value * 1000)} ms`;
    case 'short':
      return short(value);
    default:
      return unit satisfies never;
  }
}
