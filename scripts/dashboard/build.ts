import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type PanelSpec, ROWS } from './panels.ts';

const SOURCE = { type: 'prometheus', uid: `\${datasource}` };

/** The Grafana dashboard, in the form that every Grafana reads from a file. */
export function buildDashboard(): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder('Keyfirst')
    .uid('keyfirst')
    .description('The admission webhook that puts secrets into pods. Generated; docs/monitoring.md explains it.')
    .tags(['keyfirst'])
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new dashboard.QueryVariableBuilder('job')
        .label('Job')
        .datasource(SOURCE)
        .query('label_values(keyfirst_ready, job)')
        .refresh(dashboard.VariableRefresh.OnTimeRangeChanged),
    );
  let id = 1;
  for (const { title, panels } of ROWS) {
    builder.withRow(new dashboard.RowBuilder(title).id(id++));
    for (const spec of panels) builder.withPanel(panel(spec, id++));
  }
  return builder.build();
}

function panel(spec: PanelSpec, id: number): Builder<dashboard.Panel> {
  const { kind, title, description, unit, width, height, max, decimals } = spec;
  const builder = kind === 'stat' ? statPanel(spec) : timeseriesPanel(spec);
  builder.id(id).title(title).description(description).datasource(SOURCE).unit(unit).span(width).height(height);
  if (max !== undefined) builder.max(max);
  if (decimals !== undefined) builder.decimals(decimals);
  for (const [index, [legend, expr]] of Object.entries(spec.queries).entries()) {
    const query = new DataqueryBuilder()
      .refId(String.fromCodePoint(65 + index))
      .datasource(SOURCE)
      .expr(expr)
      .legendFormat(legend);
    builder.withTarget(kind === 'stat' ? query.instant() : query.range());
  }
  return builder;
}

function statPanel({ thresholds = [['green', null]] }: PanelSpec): StatBuilder {
  return new StatBuilder()
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps(thresholds.map(([color, value]) => ({ color, value }))),
    );
}

function timeseriesPanel({ stacked = false }: PanelSpec): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .min(0)
    .lineWidth(2)
    .fillOpacity(stacked ? 30 : 5)
    .showPoints(common.VisibilityMode.Never)
    .stacking(new common.StackingConfigBuilder().mode(stacked ? common.StackingMode.Normal : common.StackingMode.None))
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending));
}
