import type { CountColumns, Dataset } from '@warmstart/datasets';
import type { CountsInput } from '../../schema/input-schema.js';
import { logCounts } from './log-counts.js';

/** Counts a row, after scaling: as scanpy's tutorials have it. */
const scale = 10_000;

/** The genes that vary most on the scale of the logarithm, in the order of the file. */
export async function fitGenes(
  rows: Dataset<CountColumns>,
  {
    logged,
    most,
    signal,
  }: { readonly logged: boolean; readonly most: number; readonly signal?: AbortSignal },
): Promise<CountsInput> {
  const { names = [], ids = names } = rows.schema.features;
  const width = names.length;
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  let count = 0;
  for await (const { columns, rowCount } of rows.iterate(signal ? { signal } : {})) {
    const values = logged ? columns.features : logCounts(columns.features, width, scale);
    for (let row = 0; row < rowCount; row++) {
      count++;
      for (let gene = 0; gene < width; gene++) {
        const value = values[row * width + gene] as number;
        const offset = value - (mean[gene] as number);
        mean[gene] = (mean[gene] as number) + offset / count;
        squares[gene] = (squares[gene] as number) + offset * (value - (mean[gene] as number));
      }
    }
  }
  const order = [...names.keys()].sort((a, b) => (squares[b] as number) - (squares[a] as number) || a - b);
  const kept = order.slice(0, most).sort((a, b) => a - b);
  return {
    kind: 'counts',
    genes: kept.map((gene) => {
      const [id, symbol] = [ids[gene] as string, names[gene] as string];
      return id === symbol ? { id } : { id, symbol };
    }),
    mean: kept.map((gene) => mean[gene] as number),
    deviation: kept.map((gene) => Math.sqrt((squares[gene] as number) / Math.max(1, count)) || 1),
    scale,
    logged,
  };
}
