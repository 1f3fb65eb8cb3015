import { DataError } from './data-error.js';

const scaleTo = 10_000;

/**
 * Counts scaled to 10,000 a row, then log(1 + x); a missing count is none.
 *
 * @param counts - [rows × genes]
 * @param name - of the file, for messages
 * @throws DataError for a negative count
 */
export function logCounts(counts: Float32Array, genes: number, name: string): Float32Array {
  const logs = new Float32Array(counts.length);
  for (let start = 0; start < counts.length; start += genes) {
    let total = 0;
    for (let index = start; index < start + genes; index++) {
      const count = counts[index] as number;
      if (count < 0) {
        throw new DataError(
          'no-data',
          `${name}: counts must be 0 or more, got ${count}. Are they scaled already? Then give them as a table (a .csv with a row for each cell).`,
          name,
        );
      }
      total += Number.isNaN(count) ? 0 : count;
    }
    const scale = total > 0 ? scaleTo / total : 0;
    for (let index = start; index < start + genes; index++)
      logs[index] = Math.log1p((counts[index] || 0) * scale);
  }
  return logs;
}
