import { Budget } from '../budget.js';
import { type Refuse, refusalsOf } from '../errors.js';
import type { FormatOptions } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';
import { type Dtype, dtypeBy, dtypeNamed } from '../tensors/dtypes.js';
import { elementCount } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { decodeView } from '../tensors/strided-tensor.js';
import { GuardedFile } from './guarded-library.js';
import type { Hdf5Dataset, Hdf5Filter, Hdf5Group } from './module.js';
import { checkStructureSizes } from './structure-sizes.js';

/** The first eight bytes of every such file. */
export const hdf5Magic = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Filters that the library is built with: deflate, shuffle, Fletcher32, SZIP, N-bit, scale and offset. */
const knownFilters = new Set([1, 2, 3, 4, 5, 6]);

/** What reading one file needs at hand. */
interface Opened {
  file: GuardedFile;
  refuse: Refuse;
}

/**
 * Understands HDF5, and the weights Keras keeps in it. The format's own library reads it, compiled to
 * WebAssembly: it holds the whole file.
 *
 * @throws CheckpointError `missing-peer` without `options.hdf5`, or with a build that is not for memory
 */
export async function openHdf5(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const { hdf5, limits, signal } = options;
  if (!hdf5) {
    throw refuse('missing-peer', 'is an HDF5 file, which needs the package h5wasm', {
      hint: "npm install h5wasm, then open(file, { hdf5: await import('h5wasm') }).",
    });
  }
  if (source.size > limits.downloadBytes) {
    throw refuse('limit', `takes ${source.size} bytes, all of which the HDF5 library must hold`, {
      hint: 'Raise limits.downloadBytes if you trust it.',
    });
  }
  const bytes = await readRange(source, 0, source.size, signal);
  checkStructureSizes(bytes, refuse);
  const file = await GuardedFile.open(hdf5, bytes, refuse);
  try {
    const skipped: string[] = [];
    const budget = new Budget(limits, source.size, refuse);
    const tensors = datasetsOf({ file, refuse }, options, budget, skipped, source.size);
    const format = file.call(() => isKeras(file.root)) ? 'keras-h5' : 'hdf5';
    const metadata = skipped.length > 0 ? { skipped } : {};
    return { format, tensors, metadata, close: async () => file.close() };
  } catch (error) {
    file.close();
    throw error;
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

/** Depth first, each link once: groups may be linked into a web, or into themselves. */
function datasetsOf(
  opened: Opened,
  { limits }: FormatOptions,
  budget: Budget,
  skipped: string[],
  fileBytes: number,
): StoredTensor[] {
  const { file, refuse } = opened;
  const tensors: StoredTensor[] = [];
  let links = linksAllowed(limits.objectCount, fileBytes);
  const waiting: { group: Hdf5Group; path: readonly string[]; names: string[] }[] = [];
  const enter = (group: Hdf5Group, path: readonly string[]) => {
    if (path.length >= limits.depth) throw refuse('limit', `nests groups more than ${limits.depth} deep`);
    waiting.push({ group, path, names: file.call(() => group.keys()).reverse() });
  };
  enter(file.root, []);
  for (let level = waiting.at(-1); level; level = waiting.at(-1)) {
    const name = level.names.pop();
    if (name === undefined) {
      waiting.pop();
      continue;
    }
    const { group, path } = level;
    const place = [...path, name];
    links -= 1;
    if (links < 0)
      throw refuse('limit', 'links its groups in more ways than a file of its size should', manyLinks);
    budget.text(group.path.length + name.length);
    const entity = file.call(() => group.get(name), { key: place.join('.'), code: 'bad-header' });
    if (isGroup(entity)) enter(entity, place);
    else {
      const tensor = isDataset(entity)
        ? datasetTensor(opened, entity, place, limits.tensorBytes, budget)
        : undefined;
      if (tensor) tensors.push(tensor);
      else skipped.push(place.join('/'));
    }
    if (tensors.length + skipped.length > limits.tensorCount)
      throw refuse('limit', `holds more than ${limits.tensorCount} objects`);
  }
  return tensors;
}

const manyLinks = { hint: 'Raise limits.objectCount if you trust it.' };

/** A link costs the library far more than a value costs a pickle, and an object takes more of the file. */
function linksAllowed(objectCount: number, fileBytes: number): number {
  return objectCount / 1000 + fileBytes / 100;
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
  budget: Budget,
): StoredTensor | undefined {
  const key = path.join('.');
  const metadata = opened.file.call(() => dataset.metadata, { key, code: 'bad-header' });
  const { shape, chunks } = metadata;
  const dtype = dtypeOf(metadata);
  if (!dtype || !shape) return undefined;
  const length = elementCount(shape) * dtype.bytes;
  const chunkBytes = chunks ? elementCount(chunks) * dtype.bytes : 0;
  if (!(Math.max(length, chunkBytes) <= tensorBytes))
    throw opened.refuse('limit', `takes ${length} bytes, in chunks of ${chunkBytes}`, { key });
  budget.bytes(length + chunkBytes);
  // the library hands elements over in little-endian order, whatever the file has
  const view = { dtype, shape, strides: rowMajorStrides(shape), offset: 0 };
  return {
    path,
    dtype: dtype.name,
    shape,
    records: [],
    decode: () =>
      decodeView(view, length === 0 ? new Uint8Array() : readDataset(opened, dataset, key, length)),
  };
}

function dtypeOf({ type, size, signed, enum_type }: Hdf5Dataset['metadata']): Dtype | undefined {
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

function readDataset(opened: Opened, dataset: Hdf5Dataset, key: string, length: number): Uint8Array {
  const { file, refuse } = opened;
  const { root, library } = file;
  const what = { key, code: 'crc' } as const;
  file.call(() => {
    const filters = library.get_dataset_filters(root.file_id, dataset.path);
    for (const filter of filters) checkFilter(filter, dataset.metadata.chunks ?? [], key, refuse);
  }, what);
  return file.call(() => {
    const pointer = library._malloc(length);
    if (pointer === 0) throw refuse('limit', 'does not fit into the memory of the HDF5 library', { key });
    try {
      library.HEAPU8.fill(0, pointer, pointer + length); // what no chunk covers may be left as it was
      const args = [root.file_id, dataset.path, null, null, null, BigInt(pointer)] as const;
      const status = library.get_dataset_data(...args);
      if (status < 0) throw new Error(`status ${status}`);
      return library.HEAPU8.slice(pointer, pointer + length);
    } finally {
      library._free(pointer);
    }
  }, what);
}

function checkFilter(
  { id, name, cd_values }: Hdf5Filter,
  chunks: readonly number[],
  key: string,
  refuse: Refuse,
): void {
  if (!knownFilters.has(id)) {
    throw refuse(
      'unsupported-compression',
      `is compressed with ${JSON.stringify(name.slice(0, 40))} (HDF5 filter ${id}), which h5wasm does not have`,
      {
        key,
        hint: 'Compress it with gzip: h5repack -f GZIP=4 in.h5 out.h5, or compression="gzip" in h5py.',
      },
    );
  }
  // N-bit, and scale and offset, allocate as many elements as they are told a chunk has
  const claimed = id === 5 || id === 6 ? (cd_values[2] ?? 0) : 0;
  if (claimed <= elementCount(chunks)) return;
  throw refuse('size-mismatch', `its filter ${id} speaks of ${claimed} elements in chunks of [${chunks}]`, {
    key,
  });
}
