import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  columnLoss,
  defineMask,
  donorValues,
  hideValues,
  type MaskedLossKind,
  maskedLoss,
  maskPatches,
  maskTokens,
  sampleMask,
  zinbLoss,
} from '../index.js';

const runs = { numRuns: 8 };
const table = fc.record({
  rows: fc.integer({ min: 2, max: 4 }),
  units: fc.integer({ min: 2, max: 12 }),
  size: fc.integer({ min: 1, max: 3 }),
  ratio: fc.double({ min: 0.02, max: 0.98, noNaN: true }),
  seed: fc.integer(),
});

/** What holds for every mask and every masked loss, whatever the numbers, on every backend. */
export function invariantSuite(backend: string): void {
  describe(`invariants on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
    });
    itHidesExactCounts();
    itIgnoresWhatIsNotHidden();
    itIsZeroWhereTheGuessIsRight();
    itLetsNothingThrough();
    itTakesValuesOfOtherRows();
    itNeedsNoBatch();
    itLeavesNoTensors();
  });
}

function itHidesExactCounts(): void {
  it('1: hides clamp(round(r · u), 1, u − 1) whole units of every row', () =>
    fc.assert(
      fc.asyncProperty(table, async ({ rows, units, size, ratio, seed }) => {
        const count = Math.min(units - 1, Math.max(1, Math.round(Number((ratio * units).toPrecision(12)))));
        const mask = sampleMask([rows, units * size], ratio, seededRandom(seed), { groups: size });
        const byUnit = tf.tidy(() => tf.sum(tf.reshape(tf.cast(mask, 'int32'), [rows, units, size]), 2));
        const hidden = [...(await byUnit.data())];
        tf.dispose([mask, byUnit]);
        expect(hidden.every((value) => value === 0 || value === size)).toBe(true);
        for (let row = 0; row < rows; row++) {
          expect(hidden.slice(row * units, (row + 1) * units).filter(Boolean)).toHaveLength(count);
        }
      }),
      runs,
    ));
}

function itIgnoresWhatIsNotHidden(): void {
  const kinds: MaskedLossKind[] = ['squared-error', 'absolute-error', 'binary-cross-entropy'];
  it.each(kinds)('2: neither loss nor gradient knows of what is not hidden: %s', (kind) =>
    fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(7, Number.NaN, Number.POSITIVE_INFINITY),
        async (sizes, stray) => {
          const { rows, units, ratio, seed } = sizes;
          const random = seededRandom(seed);
          const mask = sampleMask([rows, units], ratio, random);
          const hidden = await mask.data();
          const predicted = tf.tensor2d(Array.from(hidden, random), [rows, units]);
          const target = Array.from(hidden, random);
          const measure = async (values: number[]) => {
            const at = tf.tensor2d(values, [rows, units]);
            const { value, grad } = tf.valueAndGrad((x) => maskedLoss(x, at, mask, { kind }))(predicted);
            const numbers = [...(await value.data()), ...(await grad.data())];
            tf.dispose([at, value, grad]);
            return numbers;
          };
          const plain = await measure(target);
          const strange = await measure(target.map((value, i) => (hidden[i] ? value : stray)));
          tf.dispose([mask, predicted]);
          expect(strange).toEqual(plain);
          expect(plain.every(Number.isFinite)).toBe(true);
        },
      ),
      runs,
    ),
  );

  it('2: nor do losses of classes, of mixed columns and of counts', async () => {
    const classes = (stray: number) =>
      maskedLoss(
        tf.tensor2d([1, 2, 3, 0.5, 0, 1], [2, 3]),
        tf.tensor1d([1, stray], 'int32'),
        tf.tensor1d([1, 0], 'bool'),
        { kind: 'cross-entropy' },
      );
    const mask = () => tf.tensor2d([1, 0, 0, 1], [2, 2], 'bool');
    const blocks = [
      { kind: 'numeric' as const, start: 0, size: 1 },
      { kind: 'binary' as const, start: 1, size: 1 },
    ];
    const x = () => tf.tensor2d([0.5, 0.1, 0.2, 0.3], [2, 2]);
    const columns = (stray: number) =>
      columnLoss(x(), tf.tensor2d([1, stray, stray, 1], [2, 2]), mask() as tf.Tensor2D, blocks);
    const counts = (stray: number) =>
      zinbLoss(
        { logMean: x(), logDispersion: x(), dropoutLogits: x() },
        tf.tensor2d([3, stray, stray, 0], [2, 2]),
        mask(),
      );
    for (const [loss, strays] of [
      [classes, [2, -100]],
      [columns, [0, Number.NaN]],
      [counts, [0, Number.NaN]],
    ] as const) {
      const [plain, strange] = strays.map((stray) => tf.tidy(() => loss(stray))) as [tf.Scalar, tf.Scalar];
      expect(await strange.data()).toEqual(await plain.data());
      expect(Number.isFinite((await plain.data())[0])).toBe(true);
      tf.dispose([plain, strange]);
    }
  });
}

function itIsZeroWhereTheGuessIsRight(): void {
  it('2: the loss is 0 for the right guess on the mask, whatever is guessed elsewhere', () =>
    fc.assert(
      fc.asyncProperty(table, async ({ rows, units, ratio, seed }) => {
        const loss = tf.tidy(() => {
          const mask = sampleMask([rows, units], ratio, seededRandom(seed));
          const target = tf.ones([rows, units]);
          return maskedLoss(hideValues(tf.fill([rows, units], 9), mask, 1), target, mask);
        });
        expect((await loss.data())[0]).toBe(0);
        loss.dispose();
      }),
      runs,
    ));
}

function itLetsNothingThrough(): void {
  it('3: a hidden value leaves no trace in the input; a mask does not depend on values', () =>
    fc.assert(
      fc.asyncProperty(table, fc.boolean(), async ({ rows, units, size, ratio, seed }, swap) => {
        const shape = [rows, units * size] as const;
        const random = seededRandom(seed);
        const values = Float32Array.from({ length: rows * units * size }, random);
        // with every value of a unit's column hidden in one row only, donors are rows that were not changed
        const spec = defineMask({ ratio, groups: size, replace: swap ? { value: 0, swap: 1 } : {} });
        const first = spec.apply(values, shape, { random: seededRandom(seed) });
        const hidden = await first.mask.data();
        const changedRow = 0;
        const other = values.map((value, i) =>
          hidden[i] && Math.floor(i / (units * size)) === changedRow ? value + 100 : value,
        );
        const second = spec.apply(other, shape, { random: seededRandom(seed) });
        const ownRow = (data: ArrayLike<number>) => Array.from(data).slice(0, units * size);
        expect(await second.mask.data()).toEqual(hidden);
        expect(ownRow(await second.input.data())).toEqual(ownRow(await first.input.data()));
        tf.dispose([Object.values(first), Object.values(second)]);
      }),
      runs,
    ));
}

function itTakesValuesOfOtherRows(): void {
  it('4: swapped values stand in that column of another row', () =>
    fc.assert(
      fc.asyncProperty(table, fc.constantFrom('column', 'row'), async ({ rows, units, seed }, from) => {
        const x = tf.tensor2d(
          Float32Array.from({ length: rows * units }, (_, i) => 100 * (i % units) + Math.floor(i / units)),
          [rows, units],
        );
        const donors = donorValues(x, seededRandom(seed), { from: from as 'column' | 'row' });
        (await donors.data()).forEach((value, i) => {
          expect(Math.floor(value / 100)).toBe(i % units);
          expect(value % 100).not.toBe(Math.floor(i / units));
        });
        tf.dispose([x, donors]);
      }),
      runs,
    ));
}

function itNeedsNoBatch(): void {
  it('5: a sample is masked alike in any batch and any order', () =>
    fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(), { minLength: 2, maxLength: 4 }), async (ids) => {
        const forRow = (of: number[]) => ({ forRow: (row: number) => seededRandom(of[row] as number) });
        const turned = [...ids].reverse();
        const drawn = async (of: number[]) => {
          const values = sampleMask([of.length, 9], 0.4, forRow(of));
          const { patchMask, ...others } = maskPatches([of.length, 6, 6], {
            patchSize: 2,
            random: forRow(of),
          });
          const tokens = maskTokens(new Int32Array(of.length * 9).fill(7), [of.length, 9], {
            ...{ maskId: 1, vocabularySize: 20, specialIds: [0], random: forRow(of) },
          });
          const parts = [values, patchMask, tokens.input, tokens.mask];
          const rows = await Promise.all(parts.map((part) => part.data()));
          tf.dispose([values, patchMask, Object.values(others), Object.values(tokens)]);
          return of.map((_, row) => rows.map((data) => Array.from(data).slice(row * 9, (row + 1) * 9)));
        };
        const [together, alone] = [await drawn(ids), await drawn(ids.slice(0, 1))];
        expect((await drawn(turned)).reverse()).toEqual(together);
        expect(alone[0]).toEqual(together[0]);
      }),
      runs,
    ));
}

function itLeavesNoTensors(): void {
  it('9: leaves no tensor behind, also where it throws', () => {
    const before = tf.memory().numTensors;
    const wrong: (() => unknown)[] = [
      () => sampleMask([2, 6], 1, seededRandom(1)),
      () => maskPatches([1, 7, 8], { patchSize: 4, random: seededRandom(1) }),
      () =>
        defineMask({ ratio: 0.5 }).apply(Float32Array.of(1, Number.NaN), [1, 2], { random: seededRandom(1) }),
      () => tf.tidy(() => maskedLoss(tf.ones([2, 3]), tf.ones([2, 2]), tf.ones([2, 3], 'bool'))),
      () => tf.tidy(() => donorValues(tf.ones([1, 3]), seededRandom(1))),
    ];
    for (const call of wrong) expect(call).toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(before);
  });
}
