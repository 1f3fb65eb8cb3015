import { describe, expect, it } from 'vitest';
import { drawOf, rowsToKeepLearningFrom } from './draws.js';
import { patchOrder, pictureRows, pictureWidth } from './pictures.js';
import { predictionsCsv } from './predictions-csv.js';
import { drawShapes } from './shapes.js';
import type { Table } from './table.js';

const train = {
  features: Float32Array.from({ length: 40 }, (_, row) => row),
  labels: new Int32Array(40),
  rowCount: 40,
};
const table = { train, width: 1, classNames: [] } as unknown as Table;
const hand = {
  classNames: ['a', 'b'],
  rows: Array.from({ length: 16 }, (_, at) => 2 * at),
  labels: Array.from({ length: 16 }, (_, at) => at % 2),
};

describe('drawOf', () => {
  it('divides labels given by hand into half and two quarters that share no row', () => {
    const draw = drawOf(table, { labels: 4, seed: 1, hand }, 0);
    expect([draw.train.rowCount, draw.validation.rowCount, draw.test.rowCount]).toEqual([8, 4, 4]);
    const rows = [draw.train, draw.validation, draw.test].flatMap(({ features }) => [...features]);
    expect(new Set(rows).size).toBe(16);
    for (const { features, labels } of Object.values(draw)) {
      for (const [at, row] of [...features].entries()) expect(labels[at]).toBe((row / 2) % 2);
    }
    expect(rowsToKeepLearningFrom(table, { labels: 4, seed: 1, hand }).rowCount).toBe(16);
  });

  it('says which class has too few', () => {
    const few = { ...hand, rows: hand.rows.slice(0, 7), labels: hand.labels.slice(0, 7) };
    expect(() => drawOf(table, { labels: 4, seed: 1, hand: few }, 0)).toThrow('"b" has 3.');
  });
});

describe('pictureRows', () => {
  it('puts every value of a picture into one patch', () => {
    expect(new Set(patchOrder()).size).toBe(pictureWidth);
    const pixels = Uint8Array.from({ length: pictureWidth }, (_, i) => (i % 72 < 12 && i < 4 * 72 ? 255 : 0));
    const row = pictureRows(pixels);
    expect(row.subarray(0, 48).every((value) => value === 1)).toBe(true);
    expect(row.subarray(48).every((value) => value === 0)).toBe(true);
  });
});

describe('drawShapes', () => {
  it('draws no picture twice', () => {
    const { pixels, count } = drawShapes();
    const seen = Array.from({ length: count }, (_, at) =>
      pixels.slice(at * pictureWidth, at * pictureWidth + 300).join(),
    );
    expect(new Set(seen).size).toBe(count);
  });
});

describe('predictionsCsv', () => {
  it('quotes names, and lets no spreadsheet run them', () => {
    const text = predictionsCsv(['a,b', '=1+1'], Float32Array.from([0.75, 0.25, 0, 1]), ['x', 'y']);
    expect(text).toBe('row,predicted,p(x),p(y)\r\n"a,b",x,0.7500,0.2500\r\n\'=1+1,y,0.0000,1.0000\r\n');
  });
});
