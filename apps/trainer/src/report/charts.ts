import * as Plot from '@observablehq/plot';
import { blue, type Chart, draw, palette, roomFor } from './drawing.js';

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

/** A horizontal line to hold a curve against, with its name. */
interface Level {
  name: string;
  y: number;
}

/** A line per series over a shared x axis. */
export function lineChart(series: readonly Series[], axes: { x: string; y: string }, level?: Level): Chart {
  const rows = series.flatMap(({ name, points }) => points.map(({ x, y }) => ({ series: name, x, y })));
  const names = series.map(({ name }) => name);
  return (width) =>
    draw({
      width,
      height: 280,
      marginLeft: 50,
      marginBottom: 45,
      marginRight: roomFor(names, width),
      grid: true,
      x: { label: axes.x, labelOffset: 40, ticks: width / 90 },
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

/** A dot with its 95 % interval per row, in hundredths. */
export function intervalChart(rows: readonly IntervalRow[], axis: string, zeroLine: boolean): Chart {
  const percent = rows.map(({ name, mean, low, high }) => ({
    name,
    mean: 100 * mean,
    low: 100 * low,
    high: 100 * high,
  }));
  return (width) => {
    const room = roomFor(
      rows.map(({ name }) => name),
      width,
    );
    return draw({
      width,
      height: 80 + 36 * rows.length,
      marginLeft: room,
      marginRight: 20,
      marginBottom: 45,
      x: { label: axis, labelOffset: 40, labelAnchor: 'right', grid: true, nice: true, ticks: width / 90 },
      y: { label: null, domain: rows.map(({ name }) => name), axis: null },
      marks: [
        Plot.axisY({ label: null, tickSize: 0, lineWidth: room / 13 }),
        ...(zeroLine ? [Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.5 })] : []),
        Plot.ruleY(percent, { y: 'name', x1: 'low', x2: 'high', stroke: blue, strokeWidth: 2 }),
        Plot.dot(percent, { y: 'name', x: 'mean', fill: blue, r: 5 }),
      ],
    });
  };
}

/** How many values fall where, one small panel per group. */
export function histograms(
  groups: readonly { name: string; values: ArrayLike<number> }[],
  axis: string,
): Chart {
  const rows = groups.flatMap(({ name, values }) => binned(name, values, 40, largest(groups)));
  return (width) =>
    draw({
      width,
      height: 60 + 70 * groups.length,
      marginLeft: 50,
      marginBottom: 45,
      marginRight: roomFor(
        groups.map(({ name }) => name),
        width,
      ),
      x: { label: axis, labelOffset: 40, ticks: width / 90 },
      y: { label: 'share of weights', ticks: 2, grid: true },
      fy: { label: null, domain: groups.map(({ name }) => name) },
      marks: [
        Plot.rectY(rows, { fy: 'group', x1: 'from', x2: 'to', y: 'share', fill: blue }),
        Plot.ruleY([0]),
      ],
    });
}

function levelMarks({ name, y }: Level): Plot.Markish[] {
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
