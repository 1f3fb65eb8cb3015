import type { Refuse } from '../errors.js';
import type { OnUnknown } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { PickleCut } from '../pickle/cursor.js';
import { readPickle } from '../pickle/machine.js';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from '../pickle/values.js';
import type { ReadOptions } from '../sources/byte-record.js';
import { dtypeBy } from '../tensors/dtypes.js';
import { checksumNotes, entryRecord, readEntries, type ZipArchive } from '../zip/archive.js';
import { type RebuildContext, rebuildContext, type Storage, storageKind } from './descriptions.js';
import { pytorchGlobals } from './globals.js';
import { storedTensors } from './stored.js';
import { dtypeNamedBy } from './tensors.js';
import { plainValues } from './tree.js';

/**
 * Understands a `.pt` archive (PyTorch 1.6 and later): its pickle is decoded, no tensor is read.
 *
 * @param folder - the archive's one folder, ending in "/"
 */
export async function openPytorchZip(
  archive: ZipArchive,
  folder: string,
  options: ReadOptions & { onUnknown: OnUnknown },
): Promise<OpenedFile> {
  const { refuse, limits } = archive;
  const name = `${folder}data.pkl`;
  const wanted = [name, `${folder}version`, `${folder}byteorder`];
  const entries = await readEntries(archive, wanted, options);
  checkVersion(entries.get(`${folder}version`), refuse);
  const bigEndian = isBigEndian(entries.get(`${folder}byteorder`), refuse);
  const bytes = entries.get(name);
  if (!bytes) throw refuse('missing-record', `has no ${name}`);
  const context = rebuildContext(limits, archive.source.size, refuse, bytes);
  const storages = new Map<string, Storage>();
  const world = {
    global: pytorchGlobals(context, options.onUnknown),
    persistent: (id: PickleValue) => {
      const storage = storageOf(id, context, bigEndian, storages);
      storage.record ??= entryRecord(archive, `${folder}data/${storage.key}`);
      if (!storage.record)
        throw refuse('missing-record', `has no ${folder}data/${storage.key}`, { hint: 'It is incomplete.' });
      if (storage.record.size !== storage.byteLength) {
        const sizes = `${storage.record.size} bytes, its pickle claims ${storage.byteLength}`;
        throw refuse('storage-size', `${folder}data/${storage.key} has ${sizes}`);
      }
      return new PickleObject(storageKind, storage);
    },
  };
  const { value, end } = wholePickle(bytes, {
    world,
    refuse,
    limits,
    budget: context.budget,
    what: 'data.pkl',
  });
  if (end !== bytes.byteLength)
    throw refuse('trailing-bytes', `data.pkl goes on after its end`, { offset: end });
  return {
    format: 'pytorch',
    tensors: storedTensors(value, context),
    metadata: plainValues(value, context),
    notes: checksumNotes(archive),
  };
}

/** In an archive the pickle is all there: where it is cut, it was saved so. */
function wholePickle(
  bytes: Uint8Array,
  parts: Parameters<typeof readPickle>[2],
): ReturnType<typeof readPickle> {
  try {
    return readPickle(bytes, 0, parts);
  } catch (error) {
    if (!(error instanceof PickleCut)) throw error;
    throw parts.refuse('truncated', `${parts.what} has no end`, { offset: bytes.byteLength, cause: error });
  }
}

function checkVersion(bytes: Uint8Array | undefined, refuse: Refuse): void {
  const version = bytes ? Number(new TextDecoder().decode(bytes)) : 3;
  if (Number.isInteger(version) && version >= 1 && version <= 10) return;
  throw refuse('unsupported-version', `is of archive version ${version}; 1 to 10 are known`);
}

function isBigEndian(bytes: Uint8Array | undefined, refuse: Refuse): boolean {
  const order = bytes ? new TextDecoder().decode(bytes) : 'little';
  if (order === 'little' || order === 'big') return order === 'big';
  throw refuse('bad-header', `names an unknown byte order ${JSON.stringify(order.slice(0, 20))}`);
}

/**
 * Reads a persistent id: ('storage', class, key, location, element count).
 *
 * @param storages - those met before, by key; each key has one storage
 */
export function storageOf(
  id: PickleValue,
  { refuse }: RebuildContext,
  bigEndian: boolean,
  storages: Map<string, Storage>,
): Storage {
  const [tag, type, key, , count] = id instanceof PickleTuple ? id.items : [];
  const isStorage = tag === 'storage' && type instanceof PickleGlobal && typeof key === 'string';
  if (!isStorage || typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
    throw refuse('bad-pickle', 'refers to an outside object that is not a storage');
  }
  const name = type.name.replace('torch.cuda.', 'torch.').replace('torch.', '');
  const untyped = /(^|\.)UntypedStorage$/.test(name);
  const dtype = untyped ? undefined : (dtypeBy('storage', name) ?? dtypeNamedBy(type));
  if (!untyped && !dtype) throw refuse('unsupported-dtype', `holds a storage of class ${type.name}`);
  const byteLength = count * (dtype?.bytes ?? 1);
  const known = storages.get(key);
  if (known && (known.dtype !== dtype || known.byteLength !== byteLength)) {
    throw refuse('storage-conflict', `describes storage ${key} in two ways`);
  }
  const storage = known ?? { key, dtype, byteLength, bigEndian };
  storages.set(key, storage);
  return storage;
}
