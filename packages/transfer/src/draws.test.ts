import { describe, expect, it } from 'vitest';
import { drawLabels } from './draws.js';
import type { OutputColumn } from './schema/output-schema.js';

const output: OutputColumn = { kind: 'classes', column: 'kind', classNames: ['a', 'b', 'c'] };
const outputs = Float64Array.from({ length: 90 }, (_, row) =>
  row === 89 ? -1 : row % 10 === 0 ? 2 : row % 2,
);
const candidates = Uint32Array.from(outputs.keys());
const draw = (count: number | undefined, number = 0) =>
  drawLabels({ candidates, outputs, output, count, seed: 1, draw: number, name: 'rows.csv' });

describe('drawLabels', () => {
  it('draws the classes as equally as can be', () => {
    const counts = [0, 0, 0];
    for (const row of draw(15)) counts[outputs[row] as number] = (counts[outputs[row] as number] ?? 0) + 1;
    expect(counts).toEqual([5, 5, 5]);
  });

  it('puts smaller draws into larger ones, and gives other draws other rows', () => {
    const larger = new Set(draw(30));
    expect([...draw(12)].every((row) => larger.has(row))).toBe(true);
    expect(draw(12, 1)).not.toEqual(draw(12));
    expect(draw(12)).toEqual(draw(12));
  });

  it('takes every labelled row where no count is given, ascending', () => {
    expect(draw(undefined)).toEqual(candidates.filter((row) => row !== 89));
  });

  it('refuses what cannot hold every class', () => {
    expect(() => draw(2)).toThrow('rows.csv: labels must be at least the 3 classes, got 2');
    const few = { candidates: candidates.filter((row) => outputs[row] !== 2), outputs, seed: 0, draw: 0 };
    expect(() => drawLabels({ ...few, output, name: 'rows.csv' })).toThrow(
      'every class must have a labelled row to learn from, got none of c.',
    );
  });
});
