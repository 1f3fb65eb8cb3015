import * as Plot from '@observablehq/plot';
import { blue, draw, palette } from './drawing.js';
import { escapeHtml } from './html-page.js';

/** A point of a scatter plot; −1 where its group is not known. */
export interface ScatterPoint {
  x: number;
  y: number;
  group: number;
}

/** Points coloured by group, each group named at its middle. @returns SVG */
export function scatterChart(
  points: readonly ScatterPoint[],
  names: readonly string[],
  axes: { x: string; y: string },
): string {
  const middles = names.map((name, group) => {
    const own = points.filter((point) => point.group === group);
    const mean = (of: (point: ScatterPoint) => number) =>
      own.reduce((sum, point) => sum + of(point), 0) / own.length;
    return { name, x: mean(({ x }) => x), y: mean(({ y }) => y), count: own.length };
  });
  const colorOf = ({ group }: ScatterPoint) =>
    group < 0 ? 'currentColor' : (palette[group % palette.length] as string);
  return draw({
    width: 640,
    height: 420,
    marginBottom: 45,
    marginLeft: 50,
    x: { label: axes.x, labelOffset: 40, ticks: 5 },
    y: { label: axes.y, ticks: 5 },
    marks: [
      Plot.dot(points, { x: 'x', y: 'y', r: 2.5, fill: colorOf, fillOpacity: 0.6 }),
      Plot.text(
        middles.filter(({ count }) => count > 0),
        {
          x: 'x',
          y: 'y',
          text: 'name',
          fontWeight: 600,
          fontSize: 13,
          stroke: 'var(--paper)',
          strokeWidth: 4,
          fill: 'currentColor',
        },
      ),
    ],
  });
}

/** How often predictions of each confidence are right; on the diagonal, as often as they say. @returns SVG */
export function calibrationChart(
  bins: readonly { confidence: number; right: number; count: number }[],
): string {
  const largest = Math.max(1, ...bins.map(({ count }) => count));
  const rows = bins.map(({ confidence, right, count }) => ({
    x: 100 * confidence,
    y: 100 * right,
    r: 3 + 7 * Math.sqrt(count / largest),
  }));
  return draw({
    width: 420,
    height: 360,
    marginBottom: 45,
    marginLeft: 50,
    grid: true,
    x: { label: 'confidence (%)', domain: [0, 100], labelOffset: 40 },
    y: { label: 'right (%)', domain: [0, 100] },
    r: { type: 'identity' },
    marks: [
      Plot.line(
        [
          { x: 0, y: 0 },
          { x: 100, y: 100 },
        ],
        { x: 'x', y: 'y', stroke: 'currentColor', strokeOpacity: 0.5, strokeDasharray: '4 3' },
      ),
      Plot.line(rows, { x: 'x', y: 'y', stroke: blue }),
      Plot.dot(rows, { x: 'x', y: 'y', r: 'r', fill: blue }),
    ],
  });
}

/** Predicted against true numbers. @returns SVG */
export function agreementChart(pairs: readonly { truth: number; predicted: number }[], name: string): string {
  const values = pairs.flatMap(({ truth, predicted }) => [truth, predicted]);
  const ends = [Math.min(...values), Math.max(...values)].map((value) => ({
    truth: value,
    predicted: value,
  }));
  return draw({
    width: 420,
    height: 380,
    marginBottom: 45,
    marginLeft: 60,
    grid: true,
    x: { label: `${name}, true`, labelOffset: 40 },
    y: { label: `${name}, predicted` },
    marks: [
      Plot.line(ends, {
        x: 'truth',
        y: 'predicted',
        stroke: 'currentColor',
        strokeOpacity: 0.5,
        strokeDasharray: '4 3',
      }),
      Plot.dot(pairs, { x: 'truth', y: 'predicted', r: 2.5, fill: blue, fillOpacity: 0.6 }),
    ],
  });
}

/** Counts of true class by predicted class, the share of each row as its shade. @returns HTML */
export function confusionTable(counts: readonly (readonly number[])[], names: readonly string[]): string {
  const head = names.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const rows = counts.map((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map(
      (count) => `<td style="--share:${(total > 0 ? count / total : 0).toFixed(3)}">${count}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(names[truth] ?? '')}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table class="confusion"><caption>rows: true class; columns: predicted class</caption><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
