import { CheckpointError, type Refuse, refusalsOf } from '../errors.js';
import type { Limits } from '../limits.js';
import type { OpenedFile } from '../opened-file.js';
import { plainRecord, type ReadOptions } from '../sources/byte-record.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';
import { parseStrictJson, type StrictJson } from '../strict-json.js';
import { type Dtype, dtypeBy, packedCount } from '../tensors/dtypes.js';
import { elementCount } from '../tensors/named-tensor.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { wholeTensor } from '../tensors/strided-tensor.js';

/** The size of a header that the format's own reader accepts. */
export const maxHeaderBytes = 100_000_000;

/** @returns the length a safetensors file of this beginning claims for its header; undefined if it is none */
export function safetensorsHeaderLength(head: Uint8Array, fileSize: number): number | undefined {
  if (head.byteLength < 9 || head[8] !== 0x7b) return undefined; // {
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  // an honest header of a cut file claims more than there is; any other file claims nonsense
  const plausible = length >= 2n && length <= BigInt(Math.max(maxHeaderBytes, fileSize));
  return plausible ? Number(length) : undefined;
}

/**
 * Understands a safetensors file: its header is read and checked, no tensor is. Tensors come in the header's order.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export async function openSafetensors(
  source: ByteSource,
  limits: Limits,
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const head = await readRange(source, 0, Math.min(8, source.size), signal);
  if (head.byteLength < 8)
    throw refuse('truncated', `has ${head.byteLength} bytes, fewer than a header's length takes`);
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
  if (length > Math.min(maxHeaderBytes, limits.headerBytes)) {
    throw refuse('limit', `claims a header of ${length} bytes; ${maxHeaderBytes} are allowed`);
  }
  if (8 + length > source.size) {
    throw refuse('truncated', `claims a header of ${length} bytes, the file has ${source.size}`, {
      hint: 'The download or copy is incomplete; fetch it again.',
    });
  }
  const header = parseStrictJson(await readRange(source, 8, 8 + length, signal), 'its header', refuse);
  if (!(header instanceof Map)) throw refuse('bad-header', 'its header is not a JSON object');
  if (header.size > limits.tensorCount + 1) throw refuse('limit', `holds ${header.size} tensors`);
  const metadata = metadataOf(header, refuse);
  const dataStart = 8 + length;
  const tensors = entriesOf(header, refuse, limits);
  const byPlace = [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkTiling(byPlace, source.size - dataStart, refuse);
  return {
    format: 'safetensors',
    metadata,
    tensors: tensors.map((entry) => stored(source, dataStart, entry)),
  };
}

interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

function stored(
  source: ByteSource,
  dataStart: number,
  { name, dtype, shape, begin, end }: Entry,
): StoredTensor {
  return wholeTensor([name], {
    record: plainRecord(source, dataStart + begin, dataStart + end),
    dtype,
    shape,
  });
}

function metadataOf(header: Map<string, StrictJson>, refuse: Refuse): { [key: string]: string } {
  const metadata = header.get('__metadata__') ?? new Map<string, StrictJson>();
  if (!(metadata instanceof Map) || [...metadata.values()].some((value) => typeof value !== 'string')) {
    throw refuse('bad-header', 'its __metadata__ must map text to text');
  }
  return Object.fromEntries(metadata) as { [key: string]: string }; // strings, as checked
}

function entriesOf(header: Map<string, StrictJson>, refuse: Refuse, limits: Limits): Entry[] {
  return [...header]
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => entryOf(name, value, limits, (code, what) => refuse(code, what, { key: name })));
}

function entryOf(name: string, value: StrictJson, limits: Limits, refuse: Refuse): Entry {
  const fields = value instanceof Map ? value : new Map<string, StrictJson>();
  const [typeName, shape, offsets] = ['dtype', 'shape', 'data_offsets'].map((field) => fields.get(field));
  if (fields.size !== 3 || typeof typeName !== 'string' || !isSizes(shape) || !isSizes(offsets)) {
    throw refuse('bad-header', 'must have dtype, shape and data_offsets, and nothing else');
  }
  const [begin = -1, end = -1] = offsets;
  if (offsets.length !== 2 || begin > end || begin < 0)
    throw refuse('bad-header', 'has data_offsets out of order');
  if (shape.length > limits.rank) throw refuse('limit', `has ${shape.length} dimensions`);
  const dtype = dtypeBy('safetensors', typeName);
  if (!dtype) {
    throw new CheckpointError('unsupported-dtype', `has dtype ${JSON.stringify(typeName.slice(0, 40))}`, {
      key: name,
    });
  }
  const sizes = packed(shape, packedCount(dtype), typeName, refuse);
  const wanted = elementCount(sizes) * dtype.bytes;
  if (wanted !== end - begin)
    throw refuse('size-mismatch', `[${shape}] of ${typeName} must take ${wanted} bytes, not ${end - begin}`);
  if (wanted > limits.tensorBytes) throw refuse('limit', `takes ${wanted} bytes`);
  return { name, dtype, shape: sizes, begin, end };
}

/** The format counts numbers of 4 or 6 bits; PyTorch counts packs of them, along the last axis. */
function packed(shape: readonly number[], count: number, typeName: string, refuse: Refuse): number[] {
  if (count === 1) return [...shape];
  const last = shape.at(-1) ?? 1;
  if (last % count !== 0)
    throw refuse('unsupported-dtype', `[${shape}] of ${typeName} must have rows of a multiple of ${count}`);
  return [...shape.slice(0, -1), last / count];
}

function isSizes(value: StrictJson | undefined): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

/** The tensors must fill the data, one after the other: nothing hidden between them, nothing shared. */
function checkTiling(sorted: readonly Entry[], dataBytes: number, refuse: Refuse): void {
  let end = 0;
  for (const entry of sorted) {
    if (entry.begin !== end) {
      const code = entry.begin < end ? 'overlap' : 'hole';
      throw refuse(code, `begins at ${entry.begin}, the tensor before it ends at ${end}`, {
        key: entry.name,
      });
    }
    end = entry.end;
  }
  if (end === dataBytes) return;
  const what = `its tensors take ${end} bytes, the file has ${dataBytes}`;
  if (end < dataBytes) throw refuse('trailing-bytes', what);
  throw refuse('truncated', what, { hint: 'The download or copy is incomplete; fetch it again.' });
}
