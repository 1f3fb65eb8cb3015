import { CheckpointError } from '../errors.js';
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
 * Reads tensors in the order their bytes lie; each is decoded as soon as its last record is there. What is read or
 * decoded is held no longer than a later tensor needs it.
 *
 * @throws CheckpointError as the records do, and `limit` if a tensor does not fit into memory
 */
export async function* readTensors(
  tensors: readonly StoredTensor[],
  options: ReadOptions,
): AsyncGenerator<[StoredTensor, NamedTensor]> {
  const waiting = new Map<ByteRecord, Set<StoredTensor>>();
  const payloads = new Shared<ByteRecord, Uint8Array>();
  const decoded = new Shared<string, TypedArray>();
  const finish = (tensor: StoredTensor): NamedTensor => {
    const identity = tensor.identity?.();
    const known = identity === undefined ? undefined : decoded.get(identity);
    const parts = tensor.records.map((record) => payloads.get(record) ?? new Uint8Array());
    const data = known ?? decodedFrom(tensor, parts);
    const quantization = tensor.decodeQuantization?.(parts) ?? tensor.quantization;
    if (identity !== undefined) {
      decoded.set(identity, data);
      decoded.release(identity);
    }
    for (const record of new Set(tensor.records)) payloads.release(record);
    const { dtype, shape } = tensor;
    return { dtype, shape, data, ...(quantization && { quantization }) };
  };
  for (const tensor of tensors) {
    const identity = tensor.identity?.();
    if (identity !== undefined) decoded.expect(identity);
    for (const record of new Set(tensor.records)) {
      waiting.set(record, (waiting.get(record) ?? new Set()).add(tensor));
      payloads.expect(record);
    }
  }
  for (const tensor of tensors) if (tensor.records.length === 0) yield [tensor, finish(tensor)];
  for await (const [record, payload] of readRecords(waiting.keys(), options)) {
    payloads.set(record, payload);
    for (const tensor of waiting.get(record) ?? []) {
      if (tensor.records.every((needed) => payloads.get(needed))) yield [tensor, finish(tensor)];
    }
  }
}

/** Values that several tensors use, each let go of after its last use. */
class Shared<Key, Value> {
  readonly #values = new Map<Key, Value>();
  readonly #uses = new Map<Key, number>();

  expect(key: Key): void {
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  set(key: Key, value: Value): void {
    this.#values.set(key, value);
  }

  release(key: Key): void {
    const left = (this.#uses.get(key) ?? 1) - 1;
    this.#uses.set(key, left);
    if (left === 0) this.#values.delete(key);
  }
}

function decodedFrom({ path, decode, shape }: StoredTensor, parts: readonly Uint8Array[]): TypedArray {
  try {
    return decode(parts);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const what = `a tensor [${shape}] does not fit into memory (${cause.message})`;
    throw new CheckpointError('limit', what, { key: path.join('.'), cause });
  }
}
