import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export const blue = '#3b6fb6';

/** Apart for most eyes, on white and on black. */
export const palette = [
  blue,
  '#c4622d',
  '#3d8a5f',
  '#8a5fa8',
  '#b8862b',
  '#c2507a',
  '#4a9aa8',
  '#7a7f3a',
  '#9a6b52',
  '#6b7a99',
];

/** A chart that can be drawn as wide as the page is; in pixels. @returns SVG */
export type Chart = (width: number) => string;

/** Widths that a page shows a chart at: on a screen, and on a phone. */
export const chartWidths = { wide: 640, narrow: 340 } as const;

/** A chart as SVG. Plot draws into any document; linkedom is one without a browser. */
export function draw(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const figure = Plot.plot({
    ...options,
    document,
    style: { background: 'transparent', color: 'currentColor', fontSize: '12px', overflow: 'visible' },
  });
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return figure.outerHTML;
}

/** Room beside a chart for names that stand there, no more than a part of the chart. */
export function roomFor(names: readonly string[], width: number, most = 0.38): number {
  const longest = Math.max(0, ...names.map(({ length }) => length));
  return Math.min(most * width, 14 + 6.6 * longest);
}
