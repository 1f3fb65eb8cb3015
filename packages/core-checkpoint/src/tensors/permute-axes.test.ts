import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inverseLayout } from '../load/has-variables.js';
import { dtypeNamed, type TypedArray } from './dtypes.js';
import { elementCount } from './named-tensor.js';
import { permuteAxes, rowMajorStrides } from './permute-axes.js';

const cases = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 })
  .filter((shape) => elementCount(shape) <= 20_000)
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      layout: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
      dtype: fc.constantFrom('uint8', 'bfloat16', 'float32', 'int64', 'complex128').map(dtypeNamed),
    }),
  );

/** One element after the other, by its index. */
function slowly(
  data: TypedArray,
  shape: readonly number[],
  layout: readonly number[],
  lanes: number,
): TypedArray {
  const out = data.slice();
  const target = layout.map((axis) => shape[axis] as number);
  const strides = rowMajorStrides(shape);
  for (let to = 0; to < elementCount(shape); to++) {
    let left = to;
    let from = 0;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const size = target[axis] as number;
      from += (left % size) * (strides[layout[axis] as number] as number);
      left = Math.floor(left / size);
    }
    for (let lane = 0; lane < lanes; lane++) out[to * lanes + lane] = data[from * lanes + lane] as never;
  }
  return out;
}

describe('permuteAxes', () => {
  it('puts every element where its index says, and back', () => {
    fc.assert(
      fc.property(cases, ({ shape, layout, dtype }) => {
        const bytes = Uint8Array.from(
          { length: elementCount(shape) * dtype.bytes },
          (_, i) => (i * 31) % 120,
        );
        const data = new dtype.array(bytes.buffer);
        const permuted = permuteAxes(dtype, data, shape, layout);
        expect(permuted).toEqual(slowly(data, shape, layout, dtype.lanes));
        const running = layout.map((axis) => shape[axis] as number);
        expect(permuteAxes(dtype, permuted, running, inverseLayout(layout))).toEqual(data);
      }),
      { seed: 7, numRuns: 150 },
    );
  });
});
