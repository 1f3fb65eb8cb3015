import { describe, expect, it } from 'vitest';
import { histograms, intervalChart, lineChart } from './charts.js';

describe('lineChart', () => {
  it('draws one path per series and the level it is held against', () => {
    const points = [0, 1, 2].map((x) => ({ x, y: x * x }));
    const svg = lineChart(
      [
        { name: 'loss', points },
        { name: 'other', points },
      ],
      { x: 'step', y: 'loss' },
      { name: 'mean', y: 2 },
    )(640);
    expect(svg).toMatch(/^<svg/);
    expect(svg.match(/<path[^>]* stroke="#/g)).toHaveLength(2);
    expect(svg).toContain('mean');
  });
});

describe('intervalChart', () => {
  it('draws a dot per row, in the order given', () => {
    const rows = ['z', 'a'].map((name, index) => ({ name, mean: 0.5 + index / 10, low: 0.4, high: 0.7 }));
    const svg = intervalChart(rows, 'accuracy (%)', true)(640);
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg.indexOf('>z<')).toBeLessThan(svg.indexOf('>a<'));
  });
});

describe('histograms', () => {
  it('gives shares that add up to one in each panel', () => {
    const svg = histograms([{ name: 'fc1.weight', values: [0, 0.1, 0.1, 4] }], 'guide value')(640);
    expect(svg).toContain('fc1.weight');
    expect(svg.match(/<rect/g)?.length).toBeGreaterThan(0);
  });
});
