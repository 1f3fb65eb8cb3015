import type { Refuse } from '../errors.js';
import { type Dtype, dtypeNamed, type TypedArray } from '../tensors/dtypes.js';
import { elementCount, type NamedTensor } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';

/**
 * Writes a coordinate-format tensor out in full.
 *
 * @param tensors - indices [sparseDims, count] of int64, values [count, ...denseShape]
 * @throws CheckpointError if an index lies outside, or comes twice where values cannot be added exactly
 */
export function denseFromCoo(
  tensors: readonly NamedTensor[],
  shape: readonly number[],
  refuse: Refuse,
): TypedArray {
  const [indices, values] = tensors;
  const [dims = -1, count = -1] = indices?.shape ?? [];
  const fits = values && indices?.shape.length === 2 && values.shape[0] === count && dims <= shape.length;
  if (!fits || `${values.shape.slice(1)}` !== `${shape.slice(dims)}`) throw otherShapes(shape, refuse);
  const coordinates = integers(indices, refuse);
  const strides = rowMajorStrides(shape);
  const length = elementCount(shape.slice(dims));
  const out = new Runs(values, shape, length);
  for (let item = 0; item < count; item++) {
    let position = 0;
    for (let dim = 0; dim < dims; dim++) {
      const index = coordinates[dim * count + item] ?? -1;
      if (index < 0 || index >= (shape[dim] ?? 0)) throw outside(shape, refuse);
      position += index * (strides[dim] ?? 0);
    }
    if (!out.put(item, position)) out.add(item, position, refuse);
  }
  return out.data;
}

/**
 * Writes a CSR, CSC, BSR or BSC matrix out in full.
 *
 * @param tensors - compressed indices [count + 1], plain indices [entries], values [entries] or
 *   [entries, blockRows, blockColumns]
 * @param layout - "csr", "csc", "bsr" or "bsc"
 * @throws CheckpointError unless pointers rise from 0 to the number of entries, and no entry comes twice
 */
export function denseFromCompressed(
  tensors: readonly NamedTensor[],
  shape: readonly number[],
  layout: string,
  refuse: Refuse,
): TypedArray {
  const [pointers, plain, values] = tensors;
  const [rows = 0, columns = 0] = shape;
  const blocked = layout.startsWith('b');
  if (shape.length !== 2 || !pointers || !plain || values?.shape.length !== (blocked ? 3 : 1)) {
    throw refuse('unsupported-layout', `holds a batch of sparse matrices, or a hybrid one, [${shape}]`, {
      hint: 'Call .to_dense() before saving it.',
    });
  }
  const [, blockRows = 1, blockColumns = 1] = values.shape;
  const byRow = layout.endsWith('r');
  const [down, right] = [rows / blockRows, columns / blockColumns];
  const groups = byRow ? down : right;
  const starts = integers(pointers, refuse);
  const others = integers(plain, refuse);
  const whole = Number.isInteger(down) && Number.isInteger(right) && starts.length === groups + 1;
  if (!whole || !rises(starts, others.length) || values.shape[0] !== others.length)
    throw otherShapes(shape, refuse);
  const out = new Runs(values, shape, 1);
  for (let group = 0; group < groups; group++) {
    for (let item = starts[group] ?? 0; item < (starts[group + 1] ?? 0); item++) {
      const [row, column] = byRow ? [group, others[item] ?? -1] : [others[item] ?? -1, group];
      if (row < 0 || row >= down || column < 0 || column >= right) throw outside(shape, refuse);
      for (let r = 0; r < blockRows; r++) {
        for (let c = 0; c < blockColumns; c++) {
          const position = (row * blockRows + r) * columns + column * blockColumns + c;
          if (!out.put((item * blockRows + r) * blockColumns + c, position)) {
            throw refuse('bad-header', `a sparse tensor [${shape}] gives one of its entries twice`);
          }
        }
      }
    }
  }
  return out.data;
}

/** The dense tensor being filled, one run of `length` elements at a time. */
class Runs {
  readonly data: TypedArray;
  readonly #values: TypedArray;
  readonly #dtype: Dtype;
  /** array entries of one run */
  readonly #entries: number;
  readonly #length: number;
  readonly #seen: Uint8Array;
  /** raw bits of 16-bit floats */
  readonly #halves: boolean;

  constructor(values: NamedTensor, shape: readonly number[], length: number) {
    const elements = elementCount(shape);
    this.#dtype = dtypeNamed(values.dtype);
    this.data = new this.#dtype.array(new ArrayBuffer(elements * this.#dtype.bytes));
    this.#values = values.data;
    this.#halves = /^(float16|bfloat16|complex32)$/.test(values.dtype);
    this.#length = length;
    this.#entries = length * this.#dtype.lanes;
    this.#seen = new Uint8Array(Math.ceil((length === 0 ? 0 : elements / length) / 8));
  }

  /**
   * @param position - of the run's first element in the dense tensor
   * @returns false if there is a run in this place already
   */
  put(item: number, position: number): boolean {
    if (this.#entries === 0) return true;
    const place = position / this.#length;
    const bit = 1 << (place & 7);
    const byte = Math.floor(place / 8);
    if (((this.#seen[byte] ?? 0) & bit) !== 0) return false;
    this.#seen[byte] = (this.#seen[byte] ?? 0) | bit;
    const from = item * this.#entries;
    const to = position * this.#dtype.lanes;
    for (let i = 0; i < this.#entries; i++) {
      const value = this.#values[from + i] as number;
      // as PyTorch has it, who adds to a tensor of zeros: -0 becomes 0
      this.data[to + i] = value === 0 || (this.#halves && value === 0x8000) ? 0 : value;
    }
    return true;
  }

  /** Adds to a run that is there already, as a tensor that is not coalesced means it. */
  add(item: number, position: number, refuse: Refuse): void {
    // halves and bytes are raw bits here, which do not add up
    if (!/^(float(32|64)|complex(64|128)|u?int(8|16|32|64))$/.test(this.#dtype.name)) {
      throw refuse(
        'unsupported-layout',
        `holds a sparse tensor of ${this.#dtype.name} that is not coalesced`,
        {
          hint: 'Call .coalesce() before saving it.',
        },
      );
    }
    const from = item * this.#entries;
    const to = position * this.#dtype.lanes;
    for (let i = 0; i < this.#entries; i++) {
      const value = this.#values[from + i] as never; // number or bigint, as in data: the same class
      this.data[to + i] = ((this.data[to + i] as never) + value) as never;
    }
  }
}

/** True if these pointers begin at 0, never fall and end at `last`: each entry then belongs to one group. */
function rises(starts: Float64Array, last: number): boolean {
  return (
    starts[0] === 0 &&
    starts.at(-1) === last &&
    starts.every((at, i) => i === 0 || at >= (starts[i - 1] ?? 0))
  );
}

function integers({ data, dtype }: NamedTensor, refuse: Refuse): Float64Array {
  if (dtype !== 'int64' && dtype !== 'int32') throw refuse('bad-pickle', `has sparse indices of ${dtype}`);
  return Float64Array.from(data as Int32Array, Number);
}

function outside(shape: readonly number[], refuse: Refuse) {
  return refuse('tensor-bounds', `a sparse tensor [${shape}] has an index outside its shape`);
}

function otherShapes(shape: readonly number[], refuse: Refuse) {
  return refuse('size-mismatch', `a sparse tensor [${shape}] has parts of other shapes`);
}
