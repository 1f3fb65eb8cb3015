import * as Plot from '@observablehq/plot';
import { blue, draw, palette } from './drawing.js';

/** One line of a line chart. */
export interface Series {
  name: string;
  points: readonly { x: number; y: number }[];
}

/** One row of an interval chart. */
export interface IntervalRow {
  name: string;
  mean: number;
  low: number;
  high: number;
}

/** A line per series over a shared x axis. @returns SVG */
export function lineChart(
  series: readonly Series[],
  axes: { x: string; y: string },
  level?: IntervalLevel,
): string {
  const rows = series.flatMap(({ name, points }) => points.map(({ x, y }) => ({ series: name, x, y })));
  return draw({
    width: 640,
    height: 280,
    marginLeft: 56,
    marginBottom: 45,
    marginRight: 120,
    grid: true,
    x: { label: axes.x, labelOffset: 40 },
    y: { label: axes.y, zero: false },
    color: { legend: false, range: palette },
    marks: [
      Plot.lineY(rows, { x: 'x', y: 'y', stroke: 'series', strokeWidth: 1.5 }),
      Plot.text(
        rows,
        Plot.selectLast({ x: 'x', y: 'y', z: 'series', text: 'series', textAnchor: 'start', dx: 6 }),
      ),
      ...(level ? levelMarks(level) : []),
    ],
  });
}

/** A horizontal line to hold a curve against, with its name. */
interface IntervalLevel {
  name: string;
  y: number;
}

/** A dot with its 95 % interval per row, on a scale of percent. @returns SVG */
export function intervalChart(rows: readonly IntervalRow[], axis: string, zeroLine: boolean): string {
  const percent = rows.map(({ name, mean, low, high }) => ({
    name,
    mean: 100 * mean,
    low: 100 * low,
    high: 100 * high,
  }));
  return draw({
    width: 640,
    height: 80 + 30 * rows.length,
    marginLeft: 230,
    marginBottom: 45,
    x: { label: axis, labelOffset: 40, grid: true, nice: true },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      ...(zeroLine ? [Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.5 })] : []),
      Plot.ruleY(percent, { y: 'name', x1: 'low', x2: 'high', stroke: blue, strokeWidth: 2 }),
      Plot.dot(percent, { y: 'name', x: 'mean', fill: blue, r: 5 }),
    ],
  });
}

/** How many values fall where, one small panel per group. @returns SVG */
export function histograms(
  groups: readonly { name: string; values: ArrayLike<number> }[],
  axis: string,
): string {
  const rows = groups.flatMap(({ name, values }) => binned(name, values, 40, largest(groups)));
  return draw({
    width: 640,
    height: 60 + 70 * groups.length,
    marginLeft: 56,
    marginBottom: 45,
    marginRight: 150,
    x: { label: axis, labelOffset: 40 },
    y: { label: 'share of weights', ticks: 2, grid: true },
    fy: { label: null, domain: groups.map(({ name }) => name) },
    marks: [Plot.rectY(rows, { fy: 'group', x1: 'from', x2: 'to', y: 'share', fill: blue }), Plot.ruleY([0])],
  });
}

function levelMarks({ name, y }: IntervalLevel): Plot.Markish[] {
  return [
    Plot.ruleY([y], { stroke: 'currentColor', strokeDasharray: '4 3', strokeOpacity: 0.6 }),
    Plot.text([{ y, name }], { y: 'y', text: 'name', frameAnchor: 'right', textAnchor: 'end', dy: -7 }),
  ];
}

function largest(groups: readonly { values: ArrayLike<number> }[]): number {
  let maximum = 0;
  for (const { values } of groups) {
    for (let index = 0; index < values.length; index++) maximum = Math.max(maximum, values[index] as number);
  }
  return maximum;
}

function binned(group: string, values: ArrayLike<number>, binCount: number, maximum: number) {
  const counts = new Array<number>(binCount).fill(0);
  const width = maximum / binCount || 1;
  for (let index = 0; index < values.length; index++) {
    const bin = Math.min(binCount - 1, Math.floor((values[index] as number) / width));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts.map((count, bin) => ({
    group,
    from: bin * width,
    to: (bin + 1) * width,
    share: count / values.length,
  }));
}
