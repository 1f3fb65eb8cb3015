import { CheckpointError, type Refuse, refusalsOf } from '../errors.js';
import type { FormatOptions } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';
import { type Dtype, dtypeBy, dtypeNamed } from '../tensors/dtypes.js';
import { elementCount } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { decodeView } from '../tensors/strided-tensor.js';
import type { Hdf5Dataset, Hdf5Group, Hdf5Library, Hdf5Module } from './module.js';

/** The first eight bytes of every such file. */
export const hdf5Magic = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** A file open inside the library. */
interface Opened {
  library: Hdf5Library;
  file: Hdf5Group & { file_id: bigint; close(): unknown };
  refuse: Refuse;
}

/**
 * Understands HDF5, and the weights Keras keeps in it. The format's own library reads it, compiled to
 * WebAssembly: it holds the whole file, and cannot reach past its own memory.
 *
 * @throws CheckpointError `missing-peer` without `options.hdf5`
 */
export async function openHdf5(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  if (!options.hdf5) {
    throw refuse('missing-peer', 'is an HDF5 file, which needs the package h5wasm', {
      hint: "npm install h5wasm, then open(file, { hdf5: await import('h5wasm') }).",
    });
  }
  if (source.size > options.limits.downloadBytes) {
    throw refuse('limit', `takes ${source.size} bytes, all of which the HDF5 library must hold`, {
      hint: 'Raise limits.downloadBytes if you trust it.',
    });
  }
  const bytes = await readRange(source, 0, source.size, options.signal);
  const library = await options.hdf5.ready;
  const path = `/${crypto.randomUUID()}.h5`;
  library.FS.writeFile(path, bytes);
  const opened = guarded(refuse, () => ({
    library,
    file: new (options.hdf5 as Hdf5Module).File(path, 'r'),
    refuse,
  }));
  const close = async () => {
    opened.file.close();
    library.FS.unlink(path);
  };
  try {
    if (opened.file.file_id < 0n)
      throw refuse('bad-header', 'is not readable as HDF5', { hint: 'Fetch or save it again.' });
    const skipped: string[] = [];
    const tensors = guarded(refuse, () => datasetsOf(opened, options, skipped));
    const metadata = skipped.length > 0 ? { skipped } : {};
    return { format: isKeras(opened.file) ? 'keras-h5' : 'hdf5', tensors, metadata, close };
  } catch (error) {
    if (opened.file.file_id >= 0n) opened.file.close();
    library.FS.unlink(path);
    throw error;
  }
}

/** Whatever the library throws of its own is the file's fault. */
function guarded<Result>(refuse: Refuse, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse('bad-header', `is not readable as HDF5 (${reason.slice(0, 200)})`, { cause });
  }
}

function isKeras(root: Hdf5Group): boolean {
  const keys = root.keys();
  const attributes = Object.keys(root.attrs);
  const marked = attributes.some((name) => ['keras_version', 'layer_names', 'model_config'].includes(name));
  return (
    marked ||
    keys.includes('model_weights') ||
    keys.includes('layers') ||
    keys.includes('_layer_checkpoint_dependencies')
  );
}

function datasetsOf(opened: Opened, { limits }: FormatOptions, skipped: string[]): StoredTensor[] {
  const tensors: StoredTensor[] = [];
  const visit = (group: Hdf5Group, path: readonly string[]): void => {
    if (path.length >= limits.depth)
      throw opened.refuse('limit', `nests groups more than ${limits.depth} deep`);
    for (const name of group.keys()) {
      const entity = group.get(name);
      const place = [...path, name];
      if (isGroup(entity)) visit(entity, place);
      else if (isDataset(entity)) {
        const tensor = datasetTensor(opened, entity, place, limits.tensorBytes);
        if (tensor) tensors.push(tensor);
        else skipped.push(place.join('/'));
      } else skipped.push(place.join('/'));
      if (tensors.length + skipped.length > limits.tensorCount) {
        throw opened.refuse('limit', `holds more than ${limits.tensorCount} objects`);
      }
    }
  };
  visit(opened.file, []);
  return tensors;
}

function isGroup(entity: unknown): entity is Hdf5Group {
  return typeof entity === 'object' && entity !== null && 'keys' in entity;
}

function isDataset(entity: unknown): entity is Hdf5Dataset {
  return typeof entity === 'object' && entity !== null && 'metadata' in entity && 'path' in entity;
}

function datasetTensor(
  opened: Opened,
  dataset: Hdf5Dataset,
  path: readonly string[],
  tensorBytes: number,
): StoredTensor | undefined {
  const { shape } = dataset.metadata;
  const dtype = dtypeOf(dataset);
  if (!dtype || !shape) return undefined;
  const length = elementCount(shape) * dtype.bytes;
  if (!(length <= tensorBytes))
    throw opened.refuse('limit', `takes ${length} bytes`, { key: path.join('.') });
  // the library hands elements over in little-endian order, whatever the file has
  const view = { dtype, shape, strides: rowMajorStrides(shape), offset: 0 };
  return {
    path,
    dtype: dtype.name,
    shape,
    records: [],
    decode: () => decodeView(view, length === 0 ? new Uint8Array() : readDataset(opened, dataset, length)),
  };
}

function dtypeOf({ metadata }: Hdf5Dataset): Dtype | undefined {
  const { type, size, signed, enum_type } = metadata;
  if (type === 0) return dtypeBy('numpy', `${signed ? 'i' : 'u'}${size}`);
  if (type === 1) return dtypeBy('numpy', `f${size}`);
  const isBool =
    type === 8 &&
    size === 1 &&
    Object.keys(enum_type?.members ?? {})
      .sort()
      .join() === 'FALSE,TRUE';
  return isBool ? dtypeNamed('bool') : undefined;
}

function readDataset({ library, file, refuse }: Opened, { path }: Hdf5Dataset, length: number): Uint8Array {
  return guarded(refuse, () => {
    const pointer = library._malloc(length);
    if (pointer === 0) throw refuse('limit', `${path} does not fit the HDF5 library's memory`);
    try {
      library.get_dataset_data(file.file_id, path, null, null, null, BigInt(pointer));
      return library.HEAPU8.slice(pointer, pointer + length);
    } finally {
      library._free(pointer);
    }
  });
}
