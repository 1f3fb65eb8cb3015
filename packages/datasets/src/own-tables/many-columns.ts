import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';

/** @throws DatasetError `limit` */
export function refuseManyColumns(count: number, limits: Partial<Limits>, file: string): void {
  const { columns } = withLimits(limits);
  if (count <= columns) return;
  const message = `readTable: a table may have at most ${columns} columns, got ${count}. Raise limits.columns if it should have more.`;
  throw new DatasetError('limit', message, { file });
}
