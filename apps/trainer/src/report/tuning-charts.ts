import * as Plot from '@observablehq/plot';
import { blue, type Chart, draw, palette } from './drawing.js';
import { escapeHtml, table } from './html-page.js';

/** A point of a scatter plot: its class, −1 where it has none; or its number. */
export interface ScatterPoint {
  x: number;
  y: number;
  group: number;
  value?: number;
}

/** Points coloured by class, each class named at its middle; or by their numbers, with a scale. */
export function scatterChart(
  points: readonly ScatterPoint[],
  names: readonly string[],
  axes: { x: string; y: string; value?: string },
): Chart {
  const middles = names.map((name, group) => {
    const own = points.filter((point) => point.group === group);
    const mean = (of: (point: ScatterPoint) => number) =>
      own.reduce((sum, point) => sum + of(point), 0) / own.length;
    return { name, x: mean(({ x }) => x), y: mean(({ y }) => y), count: own.length };
  });
  const colorOf = ({ group }: ScatterPoint) =>
    group < 0 ? 'currentColor' : (palette[group % palette.length] as string);
  const isNumber = names.length === 0;
  return (width) =>
    draw({
      width,
      height: Math.min(420, 1.1 * width),
      marginBottom: 45,
      marginLeft: 50,
      x: { label: axes.x, labelOffset: 40, ticks: 5 },
      y: { label: axes.y, ticks: 5 },
      ...(isNumber ? { color: { scheme: 'viridis' as const, label: axes.value ?? null } } : {}),
      marks: [
        Plot.dot(points, {
          x: 'x',
          y: 'y',
          r: 2.5,
          fill: isNumber ? 'value' : colorOf,
          fillOpacity: 0.6,
        }),
        Plot.text(
          middles.filter(({ count }) => count > 0),
          {
            ...{ x: 'x', y: 'y', text: 'name', fontWeight: 600, fontSize: 13 },
            ...{ stroke: 'var(--paper)', strokeWidth: 4, fill: 'currentColor' },
          },
        ),
      ],
    });
}

const diagonal = (ends: readonly number[]) =>
  Plot.line(
    ends.map((end) => ({ x: end, y: end })),
    { x: 'x', y: 'y', stroke: 'currentColor', strokeOpacity: 0.5, strokeDasharray: '4 3' },
  );

/** How often predictions of each confidence are right; on the diagonal, as often as they say. */
export function calibrationChart(
  bins: readonly { confidence: number; right: number; count: number }[],
): Chart {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const rows = bins.map(({ confidence, right, count }) => ({
    x: 100 * confidence,
    y: 100 * right,
    r: 3 + 7 * Math.sqrt(count / most),
  }));
  return (width) =>
    draw({
      width: Math.min(420, width),
      height: Math.min(360, width),
      marginBottom: 45,
      marginLeft: 50,
      marginRight: 20,
      grid: true,
      x: { label: 'confidence (%)', domain: [0, 100], labelOffset: 40 },
      y: { label: 'right (%)', domain: [0, 100] },
      r: { type: 'identity' },
      marks: [
        diagonal([0, 100]),
        Plot.line(rows, { x: 'x', y: 'y', stroke: blue }),
        Plot.dot(rows, { x: 'x', y: 'y', r: 'r', fill: blue }),
      ],
    });
}

/** Predicted against true numbers. */
export function agreementChart(pairs: readonly { truth: number; predicted: number }[], name: string): Chart {
  const values = pairs.flatMap(({ truth, predicted }) => [truth, predicted]);
  const ends = [Math.min(...values), Math.max(...values)];
  return (width) =>
    draw({
      width: Math.min(420, width),
      height: Math.min(380, 1.05 * width),
      marginBottom: 45,
      marginLeft: 60,
      marginRight: 20,
      grid: true,
      x: { label: `${name}, true`, labelOffset: 40, ticks: width / 90 },
      y: { label: `${name}, predicted` },
      marks: [
        diagonal(ends),
        Plot.dot(pairs, { x: 'truth', y: 'predicted', r: 2.5, fill: blue, fillOpacity: 0.6 }),
      ],
    });
}

/** Above this many classes a table of all pairs is wider than a page. */
const mostInTable = 12;

/** Counts of true class by predicted class; of many classes, the pairs that are taken for each other most. @returns HTML */
export function confusionTable(counts: readonly (readonly number[])[], names: readonly string[]): string {
  if (names.length > mostInTable) return frequentConfusions(counts, names);
  const head = names.map((name) => `<th scope="col"><span>${escapeHtml(name)}</span></th>`).join('');
  const rows = counts.map((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map(
      (count) => `<td style="--share:${(total > 0 ? count / total : 0).toFixed(3)}">${count}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(names[truth] ?? '')}</th>${cells.join('')}</tr>`;
  });
  return `<table class="confusion"><caption>rows: true class; columns: predicted class</caption><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function frequentConfusions(counts: readonly (readonly number[])[], names: readonly string[]): string {
  const pairs = counts.flatMap((row, truth) =>
    row.flatMap((count, predicted) =>
      predicted === truth || count === 0 ? [] : [{ truth, predicted, count }],
    ),
  );
  if (pairs.length === 0) return '<p>No row is taken for another class.</p>';
  const most = pairs.sort((a, b) => b.count - a.count).slice(0, 20);
  return table(
    ['true class', 'taken for', 'rows'],
    most.map(({ truth, predicted, count }) => [names[truth] ?? '', names[predicted] ?? '', String(count)]),
  );
}

/** Precision and recall of each class. @returns HTML */
export function classTable(counts: readonly (readonly number[])[], names: readonly string[]): string {
  const share = (part: number, whole: number) => (whole > 0 ? (part / whole).toFixed(3) : 'none');
  const rows = names.map((name, label) => {
    const right = counts[label]?.[label] ?? 0;
    const truly = (counts[label] ?? []).reduce((sum, count) => sum + count, 0);
    const predicted = counts.reduce((sum, row) => sum + (row[label] ?? 0), 0);
    return [name, String(truly), share(right, predicted), share(right, truly)];
  });
  return table(['class', 'rows', 'precision', 'recall'], rows);
}
