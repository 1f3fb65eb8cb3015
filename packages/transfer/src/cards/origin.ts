import * as tf from '@tensorflow/tfjs-core';
import { rememberRows } from '../rows/row-ids.js';
import type { RowIndex, Rows } from '../rows/rows.js';
import type { Origin } from './model-card.js';

/**
 * Where a model comes from, for its card.
 *
 * @param learnedRows - numbers of the rows that it learned from or that chose its settings
 * @param learnedBefore - ids of the rows that its encoder learned from
 */
export async function originOf(
  { name, origin, licence }: Pick<Rows, 'name' | 'origin' | 'licence'>,
  { ids, rowCount }: RowIndex,
  learnedRows: Iterable<number>,
  seed: number,
  learnedBefore: Iterable<number> = [],
): Promise<Origin> {
  const learned = new Set(learnedBefore);
  for (const row of learnedRows) learned.add(ids[row] as number);
  return {
    data: { name, origin, ...(licence ? { licence } : {}), digest: await digestOf(ids), rowCount },
    learned: rememberRows(learned),
    seed,
    versions: { '@tensorflow/tfjs-core': tf.version_core },
  };
}

/** SHA-256 of ids in their order, in hexadecimal. */
async function digestOf(ids: Float64Array): Promise<string> {
  const bytes = new Uint8Array(ids.slice().buffer);
  const hash = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
