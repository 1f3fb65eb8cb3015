import { type Refuse, refusalsOf } from '../errors.js';
import type { FormatOptions } from '../format-options.js';
import type { JsonValue, OpenedFile } from '../opened-file.js';
import { plainRecord } from '../sources/byte-record.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';
import { dtypeNamed } from '../tensors/dtypes.js';
import { elementCount } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { decodeView } from '../tensors/strided-tensor.js';
import { GgufCursor, NeedMoreBytes } from './cursor.js';

/** The first four bytes of every such file. */
export const ggufMagic = [0x47, 0x47, 0x55, 0x46];

/** GGML's types whose elements stand for themselves, by PyTorch's names. */
const plainTypes = new Map([
  [0, 'float32'],
  [1, 'float16'],
  [24, 'int8'],
  [25, 'int16'],
  [26, 'int32'],
  [27, 'int64'],
  [28, 'float64'],
  [30, 'bfloat16'],
]);

/** The commonest of the others, for messages. */
const blockTypes = new Map([
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [6, 'Q5_0'],
  [7, 'Q5_1'],
  [8, 'Q8_0'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [12, 'Q4_K'],
  [13, 'Q5_K'],
  [14, 'Q6_K'],
]);

interface Header {
  metadata: { [key: string]: JsonValue };
  tensors: { name: string; shape: number[]; type: number; offset: number }[];
  /** where the header ends */
  end: number;
}

const firstBytes = 64 * 1024;
/** Longer lists, such as vocabularies, are counted only. */
const longestList = 64;
const longestText = 1_000_000;

/**
 * Understands GGUF, the format of llama.cpp, as far as its tensors hold plain numbers. Axes are in PyTorch's order;
 * names are GGUF's own, which `fromGgufBert` and `fromGgufGpt2` of `@warmstart/models` read.
 *
 * @throws CheckpointError `unsupported-dtype` for a file that is quantized in blocks
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function openGguf(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const header = await readHeader(source, options, refuse);
  const alignment = header.metadata['general.alignment'] ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 20)
    throw refuse('bad-header', `has an alignment of ${String(alignment)}`);
  const start = Math.ceil(header.end / alignment) * alignment;
  const tensors = header.tensors.map((tensor) => stored(source, tensor, start, options, refuse));
  const names = new Set(header.tensors.map(({ name }) => name));
  if (names.size !== tensors.length) throw refuse('duplicate-key', 'names a tensor twice');
  checkOverlap(tensors, refuse);
  return { format: 'gguf', tensors, metadata: header.metadata };
}

/** Reads as much of the beginning as the header takes, twice as much each time. */
async function readHeader(source: ByteSource, options: FormatOptions, refuse: Refuse): Promise<Header> {
  for (let length = firstBytes; ; length *= 2) {
    const bytes = await readRange(source, 0, Math.min(length, source.size), options.signal);
    try {
      return parseHeader(new GgufCursor(bytes, refuse), options, refuse);
    } catch (error) {
      if (!(error instanceof NeedMoreBytes)) throw error;
      if (length >= source.size)
        throw refuse('truncated', 'ends within its header', { hint: 'Fetch it again.' });
      if (length >= options.limits.headerBytes)
        throw refuse('limit', `has a header of more than ${options.limits.headerBytes} bytes`);
    }
  }
}

function parseHeader(cursor: GgufCursor, { limits }: FormatOptions, refuse: Refuse): Header {
  cursor.skip(ggufMagic.length);
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    const hint =
      (version & 0xffff) === 0 ? 'It is big-endian; convert it on the machine that wrote it.' : undefined;
    throw refuse('unsupported-version', `is of GGUF version ${version}; 2 and 3 are known`, { hint });
  }
  const [tensorCount, valueCount] = [cursor.uint64(), cursor.uint64()];
  if (tensorCount > limits.tensorCount || valueCount > limits.entryCount)
    throw refuse('limit', `has ${tensorCount} tensors and ${valueCount} values`);
  const metadata = new Map<string, JsonValue>();
  for (let i = 0; i < valueCount; i++) {
    const key = cursor.text(longestText);
    if (metadata.has(key)) throw refuse('duplicate-key', `has the value ${key} twice`);
    metadata.set(key, parseValue(cursor, cursor.uint32(), refuse));
  }
  const tensors: Header['tensors'] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.text(longestText);
    const rank = cursor.uint32();
    if (rank > limits.rank) throw refuse('limit', `has ${rank} dimensions`, { key: name });
    const shape = Array.from({ length: rank }, () => cursor.uint64()).reverse(); // GGML's first axis is the innermost
    tensors.push({ name, shape, type: cursor.uint32(), offset: cursor.uint64() });
  }
  return { metadata: Object.fromEntries(metadata), tensors, end: cursor.position };
}

function parseValue(cursor: GgufCursor, type: number, refuse: Refuse): JsonValue {
  if (type === 8) return cursor.text(longestText);
  if (type !== 9) {
    const value = cursor.scalar(type);
    if (value === undefined) throw refuse('bad-header', `has a value of the unknown type ${type}`);
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  }
  const itemType = cursor.uint32();
  const length = cursor.uint64();
  if (itemType === 9) throw refuse('bad-header', 'has lists inside lists');
  const items: JsonValue[] = [];
  for (let i = 0; i < length; i++) {
    const item = parseValue(cursor, itemType, refuse);
    if (i < longestList) items.push(item);
  }
  return length > longestList ? `<${length} items>` : items;
}

function stored(
  source: ByteSource,
  { name, shape, type, offset }: Header['tensors'][number],
  start: number,
  { limits }: FormatOptions,
  refuse: Refuse,
): StoredTensor {
  const plain = plainTypes.get(type);
  if (plain === undefined) {
    throw refuse('unsupported-dtype', `is quantized in blocks (${blockTypes.get(type) ?? `type ${type}`})`, {
      key: name,
      hint: 'Make a file of floats: llama-quantize --allow-requantize in.gguf out.gguf F16.',
    });
  }
  const dtype = dtypeNamed(plain);
  const length = elementCount(shape) * dtype.bytes;
  if (!(length <= limits.tensorBytes))
    throw refuse('limit', `takes ${length} bytes`, {
      key: name,
      hint: 'Raise limits.tensorBytes if you trust it.',
    });
  const [from, to] = [start + offset, start + offset + length];
  if (to > source.size) {
    throw refuse('truncated', `lies in bytes ${from} to ${to}, the file has ${source.size}`, {
      key: name,
      hint: 'The download is incomplete; fetch it again.',
    });
  }
  const view = { dtype, shape, strides: rowMajorStrides(shape), offset: 0 };
  return {
    path: [name],
    dtype: dtype.name,
    shape,
    records: [plainRecord(source, from, to)],
    decode: ([bytes = new Uint8Array()]) => decodeView(view, bytes),
  };
}

function checkOverlap(tensors: readonly StoredTensor[], refuse: Refuse): void {
  const places = tensors
    .map(({ path, records: [record] }) => ({
      name: path[0] ?? '',
      start: record?.start ?? 0,
      end: record?.end ?? 0,
    }))
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
  for (const [i, { name, start }] of places.entries()) {
    if (i > 0 && start < (places[i - 1]?.end ?? 0))
      throw refuse('overlap', `shares bytes with ${places[i - 1]?.name}`, { key: name });
  }
}
