import type { Columns } from './columns.js';
import type { Dataset } from './dataset.js';
import { rowKeys } from './row-keys.js';

/**
 * The rows whose features repeat no earlier row. Classes are not features: of one mail labelled
 * twice, the first is kept. Rows are read once; only their keys stay in memory.
 */
export async function distinctRows<C extends Columns>(dataset: Dataset<C>): Promise<Dataset<C>> {
  const seen = new Set<string>();
  const rows: number[] = [];
  let position = 0;
  for await (const batch of dataset) {
    for (const key of rowKeys(dataset.schema, batch)) {
      if (!seen.has(key)) rows.push(position);
      seen.add(key);
      position++;
    }
  }
  return dataset.select(Uint32Array.from(rows));
}
