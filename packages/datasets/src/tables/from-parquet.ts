import type { Origin } from '../card.js';
import { DatasetError } from '../errors.js';
import { readParquet } from '../formats/parquet.js';
import type { OwnFiles } from '../own-files.js';
import type { CellSource } from './cells.js';
import type { TableDataset } from './from-cells.js';
import { fromCells } from './from-cells.js';
import { ObjectRows } from './from-jsonl.js';
import { findFiles } from './table-files.js';
import type { TableOptions } from './table-options.js';

/**
 * A data set from Parquet files of one's own (snappy or not compressed), as `fromCsv` gives one. Booleans and
 * dates are words; integers past 2^53 are kept as text.
 *
 * @throws as `fromCsv`
 */
export async function fromParquet<const O extends TableOptions = TableOptions>(
  given: OwnFiles,
  stated?: O,
): Promise<TableDataset<O>> {
  const options: TableOptions = stated ?? {};
  const { files, origin, paths, sizeBytes } = await findFiles(given, /\.parquet$/i, 'fromParquet');
  const keys = new ObjectRows(options.table, 'fromParquet');
  const cells: CellSource = {
    caller: 'fromParquet',
    fingerprint: JSON.stringify([paths, sizeBytes]),
    sizeBytes,
    async *read({ onEvent, signal }) {
      for await (const file of files.list()) {
        if (!/\.parquet$/i.test(file.path) && paths.length > 1) {
          throw new DatasetError('malformed', 'fromParquet: Parquet files must not lie in archives.', {
            file: file.path,
          });
        }
        let record = 1;
        for await (const rows of readParquet(file)) {
          signal?.throwIfAborted();
          yield keys.block(rows, file.path, record);
          record += rows.length;
        }
        onEvent({
          type: 'progress',
          file: file.path,
          bytesRead: file.sizeBytes ?? 0,
          bytesTotal: file.sizeBytes,
        });
      }
    },
  };
  return fromCells<O>(cells, { origin, ...options } as O & { origin: Origin }); // as stated, with a default
}
