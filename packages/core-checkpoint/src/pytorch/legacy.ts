import { type CheckpointError, type Refuse, refusalsOf } from '../errors.js';
import type { FormatOptions } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { PickleCut } from '../pickle/cursor.js';
import { type PickleWorld, readPickle } from '../pickle/machine.js';
import { PickleObject, PickleTuple, type PickleValue } from '../pickle/values.js';
import type { ByteRecord } from '../sources/byte-record.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';
import { type RebuildContext, type Storage, storageKind } from './descriptions.js';
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
  /** where the first storage begins */
  end: number;
}

/**
 * Understands a file of PyTorch before 1.6 (and of `_use_new_zipfile_serialization=False`): a row of
 * pickles, then the storages one after the other.
 */
export async function openPytorchLegacy(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const context: RebuildContext = { refuse, limits: options.limits };
  const storages = new Map<string, Storage>();
  const world: PickleWorld = {
    global: pytorchGlobals(context, options.onUnknown),
    persistent: (id) =>
      new PickleObject(storageKind, storageOf(wholeStorage(id, refuse), context, false, storages)),
  };
  const front = await readFront(source, world, context, options.signal);
  placeStorages(source, front, storages, refuse);
  return {
    format: 'pytorch-legacy',
    tensors: storedTensors(front.value, context),
    metadata: plainValues(front.value, context),
  };
}

/** Nobody knows how long the pickles are: reads twice as much until they end. */
async function readFront(
  source: ByteSource,
  world: PickleWorld,
  context: RebuildContext,
  signal: AbortSignal | undefined,
): Promise<Front> {
  const { refuse, limits } = context;
  for (let length = firstRead; ; length *= 2) {
    const bytes = await readRange(source, 0, Math.min(length, source.size), signal);
    try {
      return parseFront(bytes, world, context);
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

function parseFront(bytes: Uint8Array, world: PickleWorld, { refuse, limits }: RebuildContext): Front {
  // the magic, the version and the machine are literals: no name is known to whoever wrote another pickle here
  const literal: PickleWorld = {
    global: (module, name) => {
      throw refuse('unsafe-global', `asks for ${module}.${name} before it says what it is. Nothing was run`);
    },
    persistent: () => {
      throw refuse('bad-pickle', 'refers to a storage before it says what it is');
    },
  };
  let at = 0;
  const next = (what: string, of: PickleWorld) => {
    const { value, end } = readPickle(bytes, at, { world: of, refuse, limits, what });
    at = end;
    return value;
  };
  if (next('its magic number', literal) !== magic)
    throw refuse('unknown-format', 'begins with a pickle of something else');
  const version = next('its version', literal);
  if (version !== protocolVersion)
    throw refuse('unsupported-version', `is of legacy version ${String(version)}`);
  next('its system information', literal);
  const value = next('its object', world);
  const keys = next('its list of storages', literal);
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw refuse('bad-pickle', 'has no list of storages');
  }
  if (keys.length > limits.entryCount) throw refuse('limit', `holds ${keys.length} storages`);
  return { value, keys: keys as string[], end: at }; // strings, as checked
}

/** A sixth part tells of a view into the storage: (key, offset, size), from before PyTorch 0.4. */
function wholeStorage(id: PickleValue, refuse: Refuse): PickleValue {
  const view = id instanceof PickleTuple ? id.items[5] : undefined;
  if (view === undefined || view === null) return id;
  throw refuse('unsupported-layout', 'holds a view of a storage, as PyTorch before 0.4 wrote it', {
    hint: 'Load and save it again with a later PyTorch.',
  });
}

/** Storages follow in the order of the key list: a count of 8 bytes, then the elements. */
function placeStorages(
  source: ByteSource,
  front: Front,
  storages: Map<string, Storage>,
  refuse: Refuse,
): void {
  let at = front.end;
  for (const key of front.keys) {
    const storage = storages.get(key);
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
