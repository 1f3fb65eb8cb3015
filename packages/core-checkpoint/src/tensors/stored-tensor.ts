import { type ByteRecord, type ReadOptions, readRecords } from '../sources/byte-record.js';
import type { TypedArray } from './dtypes.js';
import type { NamedTensor, Quantization } from './named-tensor.js';

/** A tensor that is still in its file: what it is, and which bytes make it. */
export interface StoredTensor {
  /** keys from the root of the file */
  readonly path: readonly string[];
  /** PyTorch's name */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly records: readonly ByteRecord[];
  /** Makes the elements out of the records' payloads, given in the records' order. */
  decode(payloads: readonly Uint8Array[]): TypedArray;
  /** @returns text equal for tensors that are one and the same in the file: they share their data when read */
  identity?(): string;
  readonly quantization?: Quantization;
  /** the same, where it lies in records too */
  decodeQuantization?(payloads: readonly Uint8Array[]): Quantization;
}

/**
 * Reads tensors in the order their bytes lie; each is decoded as soon as its last record is there.
 */
export async function* readTensors(
  tensors: readonly StoredTensor[],
  options: ReadOptions,
): AsyncGenerator<[StoredTensor, NamedTensor]> {
  const waiting = new Map<ByteRecord, Set<StoredTensor>>();
  const payloads = new Map<ByteRecord, Uint8Array>();
  const uses = new Map<ByteRecord, number>();
  const decoded = new Map<string, TypedArray>();
  const finish = (tensor: StoredTensor): NamedTensor => {
    const identity = tensor.identity?.();
    const known = identity === undefined ? undefined : decoded.get(identity);
    const parts = tensor.records.map((record) => payloads.get(record) ?? new Uint8Array());
    const data = known ?? tensor.decode(parts);
    const quantization = tensor.decodeQuantization?.(parts) ?? tensor.quantization;
    if (identity !== undefined) decoded.set(identity, data);
    for (const record of new Set(tensor.records)) release(record);
    const { dtype, shape } = tensor;
    return { dtype, shape, data, ...(quantization && { quantization }) };
  };
  const release = (record: ByteRecord) => {
    const left = (uses.get(record) ?? 1) - 1;
    uses.set(record, left);
    if (left === 0) payloads.delete(record);
  };
  for (const tensor of tensors) {
    for (const record of new Set(tensor.records)) {
      waiting.set(record, (waiting.get(record) ?? new Set()).add(tensor));
      uses.set(record, (uses.get(record) ?? 0) + 1);
    }
    if (tensor.records.length === 0) yield [tensor, finish(tensor)];
  }
  for await (const [record, payload] of readRecords(waiting.keys(), options)) {
    payloads.set(record, payload);
    for (const tensor of waiting.get(record) ?? []) {
      if (tensor.records.every((needed) => payloads.has(needed))) yield [tensor, finish(tensor)];
    }
  }
}
