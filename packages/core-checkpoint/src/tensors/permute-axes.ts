import { bytesOf, type Dtype, type TypedArray, viewAs } from './dtypes.js';
import { elementCount } from './named-tensor.js';

type Units = Uint8Array | Uint16Array | Uint32Array;

/** One axis: how many elements, and how far apart they lie in the source and in the target. */
interface Axis {
  size: number;
  from: number;
  to: number;
}

/** A square of this side, in 4-byte elements, keeps both of its sides in the first-level cache. */
const block = 32;

/** Distances between neighbours along each axis of a row-major tensor, in elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number; // axis < length
  }
  return strides;
}

/** True if a tensor of these strides lies in memory as a row-major one does. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  const wanted = rowMajorStrides(shape);
  return shape.every((size, axis) => size <= 1 || strides[axis] === wanted[axis]);
}

/**
 * Row-major copy of a strided view.
 *
 * @param bytes - the storage; every element the view reaches must lie in it
 * @param offset - where the view begins, in elements, like `strides`
 */
export function gatherStrided(
  dtype: Dtype,
  bytes: Uint8Array,
  view: { shape: readonly number[]; strides: readonly number[]; offset: number },
): TypedArray {
  const out = new Uint8Array(elementCount(view.shape) * dtype.bytes);
  const unit = dtype.bytes % 4 === 0 ? 4 : dtype.bytes % 2 === 0 ? 2 : 1;
  const lanes = dtype.bytes / unit;
  const strides = view.strides.map((stride) => stride * lanes);
  const [shape, from] =
    lanes === 1
      ? [view.shape, strides]
      : [
          [...view.shape, lanes],
          [...strides, 1],
        ];
  gather(unitsOf(bytes, unit), unitsOf(out, unit), axesOf(shape, from), view.offset * lanes);
  return viewAs(dtype, out);
}

/**
 * Transposes a row-major tensor: axis i of the result is axis `layout[i]` of the input.
 *
 * @param shape - of the input
 * @returns a new array, even where the layout changes nothing
 */
export function permuteAxes(
  dtype: Dtype,
  data: TypedArray,
  shape: readonly number[],
  layout: readonly number[],
): TypedArray {
  const strides = rowMajorStrides(shape);
  const pick = (values: readonly number[]) => layout.map((axis) => values[axis] as number); // a permutation
  return gatherStrided(dtype, bytesOf(data), { shape: pick(shape), strides: pick(strides), offset: 0 });
}

function unitsOf(bytes: Uint8Array, unit: 1 | 2 | 4): Units {
  const aligned = bytes.byteOffset % unit === 0 ? bytes : bytes.slice();
  const length = Math.floor(aligned.byteLength / unit);
  if (unit === 1) return aligned;
  const Units = unit === 2 ? Uint16Array : Uint32Array;
  return new Units(aligned.buffer as ArrayBuffer, aligned.byteOffset, length); // shared or not, it reads alike
}

/** Axes from outermost to innermost of the target, without those of size 1, neighbours fused where both sides allow. */
function axesOf(shape: readonly number[], from: readonly number[]): Axis[] {
  const to = rowMajorStrides(shape);
  const axes: Axis[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const axis = { size, from: from[i] as number, to: to[i] as number }; // same length as shape
    const outer = axes.at(-1);
    if (outer && outer.from === axis.from * size && outer.to === axis.to * size) {
      outer.size *= size;
      outer.from = axis.from;
      outer.to = axis.to;
    } else axes.push(axis);
  });
  return axes;
}

function gather(source: Units, target: Units, axes: Axis[], offset: number): void {
  if (target.length === 0) return;
  const inner = axes.pop() ?? { size: 1, from: 1, to: 1 };
  const nearest = axes.reduce((best, axis) => (axis.from < best.from ? axis : best), inner);
  if (nearest === inner || inner.from === 1) {
    eachOffset(axes, offset, (from, to) => copyRow(source, target, inner, from, to));
    return;
  }
  const outer = axes.filter((axis) => axis !== nearest);
  eachOffset(outer, offset, (from, to) =>
    copyBlocks(source, target, { rows: nearest, columns: inner, from, to }),
  );
}

/** Visits every combination of the axes; the last one turns fastest. */
function eachOffset(axes: readonly Axis[], start: number, visit: (from: number, to: number) => void): void {
  const index = axes.map(() => 0);
  let from = start;
  let to = 0;
  for (;;) {
    visit(from, to);
    let turning = axes.length - 1;
    for (; turning >= 0; turning--) {
      const axis = axes[turning] as Axis; // 0 <= turning < length
      const next = (index[turning] as number) + 1;
      from += axis.from;
      to += axis.to;
      if (next < axis.size) {
        index[turning] = next;
        break;
      }
      index[turning] = 0;
      from -= axis.from * axis.size;
      to -= axis.to * axis.size;
    }
    if (turning < 0) return;
  }
}

function copyRow(source: Units, target: Units, { size, from: step }: Axis, from: number, to: number): void {
  if (step === 1 && size >= 32) {
    target.set(source.subarray(from, from + size), to);
    return;
  }
  for (let i = 0, at = from; i < size; i++, at += step) target[to + i] = source[at] as number;
}

function copyBlocks(
  source: Units,
  target: Units,
  { rows, columns, from, to }: { rows: Axis; columns: Axis; from: number; to: number },
): void {
  for (let row = 0; row < rows.size; row += block) {
    const rowEnd = Math.min(row + block, rows.size);
    for (let column = 0; column < columns.size; column += block) {
      const columnEnd = Math.min(column + block, columns.size);
      for (let r = row; r < rowEnd; r++) {
        let read = from + r * rows.from + column * columns.from;
        let write = to + r * rows.to + column;
        for (let c = column; c < columnEnd; c++, read += columns.from, write++) {
          target[write] = source[read] as number;
        }
      }
    }
  }
}
