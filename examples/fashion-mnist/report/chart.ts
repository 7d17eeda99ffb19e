/**
 * Line charts as inline SVG. Colours and line widths are classes of `style.css`, so the charts follow the page from light
 * to dark.
 */
import { escape } from "./escape.ts";

export type Point = { readonly x: number; readonly y: number };
export type Series = {
  readonly name: string;
  /** `faint` is a thin line in the background, `marked` a dashed line with a dot at every point. */
  readonly look: "faint" | "plain" | "marked";
  readonly points: readonly Point[];
};
export type Chart = { readonly title: string; readonly summary: string; readonly x: string; readonly y: string; readonly series: readonly Series[] };

const WIDTH = 640;
const HEIGHT = 340;
const LEFT = 66, RIGHT = 14, TOP = 12, BOTTOM = 54;

/** A figure with its chart and its legend. */
export function lineChart(chart: Chart): string {
  const series = chart.series.filter(({ points }) => points.length > 0);
  const points = series.flatMap((one) => one.points).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const xTicks = ticks(0, Math.max(...points.map(({ x }) => x), 0), 8);
  const yTicks = ticks(Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y)), 6);
  const x = scale(xTicks, LEFT, WIDTH - RIGHT);
  const y = scale(yTicks, HEIGHT - BOTTOM, TOP);

  const grid = yTicks.map((t) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(t)}" y2="${y(t)}"/>`
    + `<text class="tick" x="${LEFT - 8}" y="${y(t)}" dy="0.32em" text-anchor="end">${t}</text>`);
  const axis = xTicks.map((t) => `<text class="tick" x="${x(t)}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle">${t}</text>`);
  const lines = series.map(({ look, points }) => {
    const drawn = points.filter((p) => Number.isFinite(p.y)).map((p) => `${x(p.x)},${y(p.y)}`);
    const dots = look === "marked" ? drawn.map((at) => `<circle r="4" cx="${at.replace(",", '" cy="')}"/>`).join("") : "";
    return `<g class="series ${look}"><polyline points="${drawn.join(" ")}"/>${dots}</g>`;
  });
  return `<figure class="chart">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(`${chart.title}. ${chart.summary}`)}">
${grid.join("\n")}
${axis.join("\n")}
<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>
<text class="label" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escape(chart.x)}</text>
<text class="label" transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escape(chart.y)}</text>
${lines.join("\n")}
</svg>
<figcaption>${series.map(({ name, look }) => `<span class="key ${look}">${escape(name)}</span>`).join(" ")}</figcaption>
</figure>`;
}

/** Round numbers, at most about `count`, of which the first and the last enclose the range. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) [low, high] = Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function scale(ticks: readonly number[], from: number, to: number): (value: number) => string {
  const low = ticks[0] ?? 0;
  const high = ticks[ticks.length - 1] ?? 1;
  return (value) => (from + ((value - low) / (high - low)) * (to - from)).toFixed(1);
}
