import type { StateDict } from '@warmstart/shapes';
import { GuidesError } from './errors.js';
import { sizeOf } from './state-dict.js';

const headerLimitBytes = 100_000_000; // the format's own

/** float32 tensors and text, as read from a safetensors file. */
export interface SafetensorsContent {
  tensors: StateDict;
  metadata: Record<string, string>;
}

/**
 * float32 tensors as the bytes of a safetensors file, aligned to 8 bytes.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsContent): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [key, tensor] of tensors) {
    const end = offset + sizeOf(tensor.shape) * 4;
    header[key] = { dtype: 'F32', shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(text, 8);
  let at = 8 + headerBytes;
  for (const { data } of tensors.values()) {
    for (const value of data) {
      view.setFloat32(at, Number(value), true);
      at += 4;
    }
  }
  return bytes;
}

/** Reads what {@link encodeSafetensors} writes. @throws GuidesError `format` for anything else */
export function decodeSafetensors(caller: string, bytes: Uint8Array): SafetensorsContent {
  const refuse = (what: string): never => {
    throw new GuidesError(
      'format',
      `${caller}: the bytes must be a safetensors file of float32, got ${what}.`,
    );
  };
  if (bytes.length < 8) refuse(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > Math.min(headerLimitBytes, bytes.length - 8)) {
    refuse(`a header of ${headerBytes} bytes in ${bytes.length}`);
  }
  const header =
    parseHeader(bytes.subarray(8, 8 + headerBytes)) ?? refuse('a header that is not a JSON object');
  const start = 8 + headerBytes;
  const tensors: StateDict = new Map();
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const { shape, begin, end } = checkEntry(entry) ?? refuse(`a broken entry for ${key}`);
    if (end > bytes.length - start) refuse(`${key} up to byte ${end} of ${bytes.length - start}`);
    const data = new Float32Array((end - begin) / 4);
    for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(start + begin + i * 4, true);
    tensors.set(key, { dtype: 'float32', shape, data });
  }
  return { tensors, metadata: textsOf(header.__metadata__) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const isObject = typeof header === 'object' && header !== null && !Array.isArray(header);
    return isObject ? (header as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function checkEntry(entry: unknown): { shape: number[]; begin: number; end: number } | undefined {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (dtype !== 'F32' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) return undefined;
  const [begin = 0, end = 0] = offsets;
  return end - begin === sizeOf(shape) * 4 ? { shape, begin, end } : undefined;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function textsOf(metadata: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (typeof value === 'string') texts[key] = value;
  }
  return texts;
}
