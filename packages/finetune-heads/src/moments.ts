/** Sums over rows from which a ridge regression is solved; those of some rows subtract from those of all. */
export interface Moments {
  rowCount: number;
  width: number;
  /** [width] */
  inputs: Float64Array;
  target: number;
  /** xᵀ·x, [width, width]; only the lower triangle is kept. */
  products: Float64Array;
  /** xᵀ·y, [width] */
  withTarget: Float64Array;
}

/** Sums over the given rows of inputs [rowCount, width]. */
export function momentsOf(
  inputs: Float64Array,
  width: number,
  targets: ArrayLike<number>,
  rows: Iterable<number>,
): Moments {
  const sums = new Float64Array(width);
  const products = new Float64Array(width * width);
  const withTarget = new Float64Array(width);
  let target = 0;
  let rowCount = 0;
  for (const row of rows) {
    rowCount++;
    target += targets[row] as number;
    for (let left = 0, begin = row * width; left < width; left++) {
      const value = inputs[begin + left] as number;
      add(sums, left, value);
      add(withTarget, left, value * (targets[row] as number));
      if (value === 0) continue;
      for (let right = 0; right <= left; right++) {
        add(products, left * width + right, value * (inputs[begin + right] as number));
      }
    }
  }
  return { rowCount, width, inputs: sums, target, products, withTarget };
}

/** Sums over the rows of `all` that are not in `part`. */
export function without(all: Moments, part: Moments): Moments {
  return {
    rowCount: all.rowCount - part.rowCount,
    width: all.width,
    inputs: all.inputs.map((sum, index) => sum - (part.inputs[index] as number)),
    target: all.target - part.target,
    products: all.products.map((sum, index) => sum - (part.products[index] as number)),
    withTarget: all.withTarget.map((sum, index) => sum - (part.withTarget[index] as number)),
  };
}

/** Centred moments and what solves them for any l2. */
export function ridgeSolver(moments: Moments): (l2: number) => { weights: Float64Array; bias: number } {
  const { rowCount, width } = moments;
  const centre = moments.inputs.map((sum) => sum / rowCount);
  const target = moments.target / rowCount;
  const products = moments.products.slice();
  for (let left = 0; left < width; left++) {
    for (let right = 0; right <= left; right++) {
      add(products, left * width + right, -(centre[left] as number) * (moments.inputs[right] as number));
    }
  }
  const withTarget = moments.withTarget.map((sum, index) => sum - (moments.inputs[index] as number) * target);
  return (l2) => {
    const weights = solvePositive(products, width, l2, withTarget);
    const bias = weights.reduce((rest, weight, index) => rest - weight * (centre[index] as number), target);
    return { weights, bias };
  };
}

/**
 * Solves (matrix + ridge · I) · x = right by Cholesky's factorisation.
 *
 * @param matrix - positive semidefinite, [size, size], read from its lower triangle; not changed
 */
function solvePositive(matrix: Float64Array, size: number, ridge: number, right: Float64Array): Float64Array {
  const factor = matrix.slice();
  const solution = right.slice();
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = factor[row * size + column] as number;
      if (row === column) sum += ridge;
      for (let before = 0; before < column; before++) {
        sum -= (factor[row * size + before] as number) * (factor[column * size + before] as number);
      }
      // rounding may leave a pivot of a dependent column below the ridge that is under it
      factor[row * size + column] =
        row === column ? Math.sqrt(Math.max(sum, ridge)) : sum / (factor[column * size + column] as number);
    }
  }
  for (let row = 0; row < size; row++) {
    for (let before = 0; before < row; before++) {
      add(solution, row, -(factor[row * size + before] as number) * (solution[before] as number));
    }
    solution[row] = (solution[row] as number) / (factor[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let after = row + 1; after < size; after++) {
      add(solution, row, -(factor[after * size + row] as number) * (solution[after] as number));
    }
    solution[row] = (solution[row] as number) / (factor[row * size + row] as number);
  }
  return solution;
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] as number) + value;
}
