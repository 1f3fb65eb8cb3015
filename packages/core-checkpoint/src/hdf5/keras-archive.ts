import type { FormatOptions } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { readRecord } from '../sources/byte-record.js';
import { memorySource } from '../sources/memory.js';
import { entryRecord, type ZipArchive } from '../zip/archive.js';
import { openHdf5 } from './hdf5.js';

const weightsName = 'model.weights.h5';

/**
 * Understands a `.keras` archive of Keras 3: the weights file inside it is opened as HDF5. The architecture
 * beside it is not looked at: build the model, then load.
 *
 * @throws CheckpointError `missing-peer` without `options.hdf5`
 */
export async function openKeras(archive: ZipArchive, options: FormatOptions): Promise<OpenedFile> {
  const record = entryRecord(archive, weightsName);
  if (!record) throw archive.refuse('missing-record', `has no ${weightsName}`);
  if (record.size > options.limits.downloadBytes) {
    throw archive.refuse('limit', `${weightsName} takes ${record.size} bytes, all of which must be held`, {
      hint: 'Raise limits.downloadBytes if you trust it.',
    });
  }
  const bytes = options.hdf5 ? await readRecord(record, options) : new Uint8Array();
  const opened = await openHdf5(memorySource(bytes, archive.source.name), options);
  return { ...opened, format: 'keras-h5' };
}
