import { type CheckpointError, type Refuse, refusalsOf } from '../errors.js';
import type { FormatOptions, OnUnknown } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { PickleCut } from '../pickle/cursor.js';
import { type PickleWorld, readPickle } from '../pickle/machine.js';
import { PickleObject, PickleTuple, type PickleValue, valueText } from '../pickle/values.js';
import type { ByteRecord } from '../sources/byte-record.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';
import { type RebuildContext, rebuildContext, type Storage, storageKind } from './descriptions.js';
import { pytorchGlobals } from './globals.js';
import { storedTensors } from './stored.js';
import { plainValues } from './tree.js';
import { storageOf } from './zip.js';

const magic = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;
const firstRead = 65_536;

/** After PROTO: LONG1 of ten bytes, the magic number, STOP. */
const magicOpcodes = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/** True if a file of these first bytes is one of PyTorch before 1.6, pickled by protocol 2 to 5. */
export function isPytorchLegacy(head: Uint8Array): boolean {
  const [proto, protocol = 0, frame] = head;
  if (proto !== 0x80 || protocol < 2 || protocol > 5) return false;
  const at = frame === 0x95 ? 11 : 2; // FRAME and its length
  return magicOpcodes.every((byte, i) => head[at + i] === byte);
}

/** What the pickles at the front of the file say. */
interface Front {
  value: PickleValue;
  keys: string[];
  storages: ReadonlyMap<string, Storage>;
  context: RebuildContext;
  /** where the first storage begins */
  end: number;
}

/**
 * Understands a file of PyTorch before 1.6 (and of `_use_new_zipfile_serialization=False`): a row of
 * pickles, then the storages one after the other.
 */
export async function openPytorchLegacy(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const front = await readFront(source, options, refuse);
  placeStorages(source, front, refuse);
  return {
    format: 'pytorch-legacy',
    tensors: storedTensors(front.value, front.context),
    metadata: plainValues(front.value, front.context),
  };
}

/** Nobody knows how long the pickles are: reads twice as much until they end. */
async function readFront(
  source: ByteSource,
  { limits, onUnknown, signal }: FormatOptions,
  refuse: Refuse,
): Promise<Front> {
  for (let length = firstRead; ; length *= 2) {
    const bytes = await readRange(source, 0, Math.min(length, source.size), signal);
    try {
      return parseFront(bytes, onUnknown, rebuildContext(limits, source.size, refuse, bytes));
    } catch (error) {
      if (!(error instanceof PickleCut)) throw error;
      if (length >= source.size) throw cut(source, refuse);
      if (length > limits.headerBytes)
        throw refuse('limit', `its pickles take more than ${limits.headerBytes} bytes`);
    }
  }
}

function cut(source: ByteSource, refuse: Refuse): CheckpointError {
  return refuse('truncated', `ends within its pickles, after ${source.size.toLocaleString('en')} bytes`, {
    offset: source.size,
    hint: 'The download or copy is incomplete; fetch it again.',
  });
}

function parseFront(bytes: Uint8Array, onUnknown: OnUnknown, context: RebuildContext): Front {
  const { refuse, limits, budget } = context;
  const storages = new Map<string, Storage>();
  const world: PickleWorld = {
    global: pytorchGlobals(context, onUnknown),
    persistent: (id) => new PickleObject(storageKind, legacyStorage(id, context, storages)),
  };
  let at = 0;
  const next = (what: string, of: PickleWorld) => {
    const { value, end } = readPickle(bytes, at, { world: of, refuse, limits, budget, what });
    at = end;
    return value;
  };
  const literal = literalWorld(refuse);
  if (next('its magic number', literal) !== magic)
    throw refuse('unknown-format', 'begins with a pickle of something else');
  const version = next('its version', literal);
  if (version !== protocolVersion)
    throw refuse('unsupported-version', `is of legacy version ${valueText(version)}`);
  next('its system information', literal);
  const value = next('its object', world);
  const keys = next('its list of storages', literal);
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw refuse('bad-pickle', 'has no list of storages');
  }
  if (keys.length > limits.entryCount) throw refuse('limit', `holds ${keys.length} storages`);
  return { value, keys: keys as string[], storages, context, end: at }; // strings, as checked
}

/** The magic, the version and the machine are literals: whoever wrote another pickle here gets no name. */
function literalWorld(refuse: Refuse): PickleWorld {
  return {
    global: (module, name) => {
      const asked = `${module.slice(0, 100)}.${name.slice(0, 100)}`;
      throw refuse('unsafe-global', `asks for ${asked} before its object begins. Nothing was run`);
    },
    persistent: () => {
      throw refuse('bad-pickle', 'refers to a storage before its object begins');
    },
  };
}

/**
 * The storage of a persistent id. A sixth part makes it a stretch of the storage that is named before it:
 * (key of the stretch, offset, size), in elements.
 *
 * @see torch/serialization.py, _legacy_load, persistent_load
 */
function legacyStorage(id: PickleValue, context: RebuildContext, storages: Map<string, Storage>): Storage {
  const root = storageOf(id, context, false, storages);
  const view = id instanceof PickleTuple ? id.items[5] : undefined;
  if (view === undefined || view === null) return root;
  const [key, offset, size] = view instanceof PickleTuple ? view.items : [];
  const unit = root.dtype?.bytes ?? 1;
  const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof key !== 'string' || !whole(offset) || !whole(size))
    throw context.refuse('bad-pickle', `describes a part of a storage by ${valueText(view)}`);
  if ((offset + size) * unit > root.byteLength)
    throw context.refuse(
      'tensor-bounds',
      `takes ${size} elements from ${offset} of storage ${root.key}, which has ${root.byteLength / unit}`,
    );
  return { ...root, key, byteLength: size * unit, within: { root, offset } };
}

/** Storages follow in the order of the key list: a count of 8 bytes, then the elements. */
function placeStorages(source: ByteSource, front: Front, refuse: Refuse): void {
  let at = front.end;
  for (const key of front.keys) {
    const storage = front.storages.get(key);
    if (!storage) throw refuse('storage-conflict', `lists storage ${key}, which no tensor uses`);
    if (storage.record) throw refuse('duplicate-entry', `lists storage ${key} twice`);
    storage.record = storageRecord(source, at, storage, refuse);
    at = storage.record.end;
    if (at > source.size) {
      throw refuse('truncated', `storage ${key} ends at ${at}, the file at ${source.size}`, {
        offset: source.size,
        hint: 'The download or copy is incomplete; fetch it again.',
      });
    }
  }
  if (at < source.size)
    throw refuse('trailing-bytes', `goes on for ${source.size - at} bytes after its last storage`);
}

function storageRecord(source: ByteSource, start: number, storage: Storage, refuse: Refuse): ByteRecord {
  return {
    source,
    start,
    end: start + 8 + storage.byteLength,
    size: storage.byteLength,
    check: () => ({
      finish: (bytes) => {
        const count = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
        const wanted = storage.byteLength / (storage.dtype?.bytes ?? 1);
        if (count === BigInt(wanted)) return bytes.subarray(8);
        throw refuse(
          'storage-size',
          `storage ${storage.key} says it has ${count} elements, its tensors say ${wanted}`,
          {
            offset: start,
          },
        );
      },
    }),
  };
}
