import type { Refuse } from '../errors.js';
import { dtypeNamed, type TypedArray } from '../tensors/dtypes.js';
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
  const fits = values && indices?.shape.length === 2 && values.shape[0] === count;
  if (!fits || `${values.shape.slice(1)}` !== `${shape.slice(dims)}`) {
    throw refuse('size-mismatch', `a sparse tensor [${shape}] has parts of other shapes`);
  }
  const coordinates = integers(indices, refuse);
  const strides = rowMajorStrides(shape);
  const out = new Blocks(values, shape, elementCount(shape.slice(dims)));
  for (let item = 0; item < count; item++) {
    let position = 0;
    for (let dim = 0; dim < dims; dim++) {
      const index = coordinates[dim * count + item] ?? -1;
      if (index < 0 || index >= (shape[dim] ?? 0)) throw outside(shape, refuse);
      position += index * (strides[dim] ?? 0);
    }
    out.add(item, position, refuse);
  }
  return out.data;
}

/**
 * Writes a CSR, CSC, BSR or BSC matrix out in full.
 *
 * @param tensors - compressed indices [count + 1], plain indices [entries], values [entries] or
 *   [entries, blockRows, blockColumns]
 * @param layout - "csr", "csc", "bsr" or "bsc"
 */
export function denseFromCompressed(
  tensors: readonly NamedTensor[],
  shape: readonly number[],
  layout: string,
  refuse: Refuse,
): TypedArray {
  const [pointers, plain, values] = tensors;
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2 || !pointers || !plain || !values) {
    throw refuse('unsupported-layout', `holds a batch of sparse matrices [${shape}]`);
  }
  const blocked = layout.startsWith('b');
  const [blockRows, blockColumns] = blocked ? [values.shape[1] ?? 0, values.shape[2] ?? 0] : [1, 1];
  const byRow = layout.endsWith('r');
  const groups = byRow ? rows / blockRows : columns / blockColumns;
  const starts = integers(pointers, refuse);
  const others = integers(plain, refuse);
  if (starts.length !== groups + 1 || starts.at(-1) !== others.length || values.shape[0] !== others.length) {
    throw refuse('size-mismatch', `a sparse tensor [${shape}] has parts of other shapes`);
  }
  const out = new Blocks(values, shape, 1);
  for (let group = 0; group < groups; group++) {
    for (let item = starts[group] ?? 0; item < (starts[group + 1] ?? 0); item++) {
      const other = others[item] ?? -1;
      const [top, left] = byRow
        ? [group * blockRows, other * blockColumns]
        : [other * blockRows, group * blockColumns];
      for (let r = 0; r < blockRows; r++) {
        for (let c = 0; c < blockColumns; c++) {
          if (other < 0 || top + r >= rows || left + c >= columns) throw outside(shape, refuse);
          out.add((item * blockRows + r) * blockColumns + c, (top + r) * columns + left + c, refuse);
        }
      }
    }
  }
  return out.data;
}

/** The dense tensor being filled, one run of `length` elements at a time. */
class Blocks {
  readonly data: TypedArray;
  private readonly values: TypedArray;
  private readonly entries: number;
  private readonly seen = new Set<number>();
  private readonly raw: boolean;

  constructor(values: NamedTensor, shape: readonly number[], length: number) {
    const dtype = dtypeNamed(values.dtype);
    this.data = new dtype.array(new ArrayBuffer(elementCount(shape) * dtype.bytes));
    this.values = values.data;
    this.entries = length * dtype.lanes;
    this.raw = /^(float16|bfloat16|complex32|float8.*|bool)$/.test(values.dtype);
  }

  add(item: number, position: number, refuse: Refuse): void {
    const from = item * this.entries;
    const lane = this.entries === 0 ? 0 : position * (this.data.length === 0 ? 0 : this.laneRatio());
    const first = !this.seen.has(position);
    this.seen.add(position);
    if (!first && this.raw) {
      throw refuse('unsupported-layout', 'holds a sparse tensor that is not coalesced', {
        hint: 'Call .coalesce() before saving it.',
      });
    }
    for (let i = 0; i < this.entries; i++) {
      const value = this.values[from + i] as never; // number or bigint, as in data: the same class
      this.data[lane + i] = (first ? value : (this.data[lane + i] as never) + value) as never;
    }
  }

  private laneRatio(): number {
    return this.lanes;
  }

  private get lanes(): number {
    return this.values instanceof Float64Array || this.values instanceof Float32Array ? this.lanesOfFloat : 1;
  }

  private lanesOfFloat = 1;
}

function integers({ data, dtype }: NamedTensor, refuse: Refuse): number[] {
  if (dtype !== 'int64' && dtype !== 'int32') throw refuse('bad-pickle', `has sparse indices of ${dtype}`);
  return Array.from(data as Int32Array, Number);
}

function outside(shape: readonly number[], refuse: Refuse) {
  return refuse('tensor-bounds', `a sparse tensor [${shape}] has an index outside its shape`);
}
