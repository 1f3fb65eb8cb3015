import { describe, expect, it } from 'vitest';
import { fromColumns } from './dataset.js';
import { memoryFiles } from './files.js';
import { standardize, standardizer } from './standardize.js';
import { fromCsv } from './tables/from-csv.js';

const schema = { features: { dtype: 'float32', shape: [2] } } as const;

describe('standardize', () => {
  it('takes mean and deviation of the values that are there, and leaves the others missing', async () => {
    const rows = fromColumns({ features: Float32Array.of(1, 10, Number.NaN, 30, 3, Number.NaN) }, { schema });
    const scale = await standardize(rows);
    expect([...scale.mean, ...scale.deviation]).toEqual([2, 20, 1, 10]);
    const { columns } = await rows.map(scale).collect();
    expect([...columns.features]).toEqual([-1, -1, Number.NaN, 1, 1, Number.NaN]);
  });

  it('is made again from saved numbers', async () => {
    const rows = fromColumns({ features: Float32Array.of(1, 10, 2, 30) }, { schema });
    const scale = await standardize(rows);
    const saved = JSON.stringify({ mean: [...scale.mean], deviation: [...scale.deviation] });
    const again = standardizer<{ features: Float32Array }>(JSON.parse(saved));
    expect(await rows.map(again).collect()).toEqual(await rows.map(scale).collect());
    expect(() => standardizer({ mean: [1], deviation: [0] })).toThrow('a deviation above 0');
  });

  it('fits a table with gaps, whose columns have the types of arrays', async () => {
    const files = memoryFiles({ 'own.csv': 'a,b,y\n1,,p\n3,5,q\n' });
    const rows = await fromCsv(files, { label: 'y', missing: 'nan' });
    const scale = await standardize(rows);
    const { columns } = await rows.map(scale).collect();
    const features: Float32Array = columns.features;
    const label: Int32Array = columns.label;
    expect([[...features], [...label]]).toEqual([
      [-1, Number.NaN, 1, 0],
      [0, 1],
    ]);
    const wide: Float64Array = (await (await fromCsv(files, { missing: 'nan', dtype: 'float64' })).collect())
      .columns.features;
    expect(wide[2]).toBe(3);
    expect(rows.table.columns.map(({ missing }) => missing)).toEqual([0, 1, 0]);
  });
});
