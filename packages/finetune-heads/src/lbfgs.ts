/** Where a search ended. */
export interface Minimum {
  at: Float64Array;
  value: number;
  /** Largest absolute component of the gradient. */
  gradient: number;
  iterations: number;
}

/** A function to minimise: its value, with the gradient written into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number;

interface Pair {
  move: Float64Array;
  turn: Float64Array;
  inverse: number;
}

/**
 * The minimum of a smooth convex function by limited-memory BFGS with a backtracking line search.
 *
 * @param start - not changed
 * @param options.tolerance - stop when no component of the gradient is larger
 * @see Liu & Nocedal 1989; Nocedal & Wright, Numerical Optimization, algorithms 7.4 and 3.1
 */
export function minimize(
  objective: Objective,
  start: Float64Array,
  options: { tolerance: number; maxIterations: number },
): Minimum {
  let at: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(start.length);
  let value = objective(at, gradient);
  const pairs: Pair[] = [];
  let iterations = 0;
  while (iterations < options.maxIterations && largest(gradient) > options.tolerance) {
    iterations++;
    const direction = searchDirection(gradient, pairs);
    const next = lineSearch(objective, { at, value, gradient }, direction, pairs.length === 0);
    if (!next) break; // no smaller value within float64: this is the minimum
    remember(pairs, subtract(next.at, at), subtract(next.gradient, gradient));
    ({ at, value, gradient } = next);
  }
  return { at, value, gradient: largest(gradient), iterations };
}

interface Point {
  at: Float64Array;
  value: number;
  gradient: Float64Array;
}

/** −H·∇ by the two-loop recursion. */
function searchDirection(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((component) => -component);
  const shares: number[] = [];
  for (const pair of pairs.toReversed()) {
    const share = pair.inverse * dot(pair.move, direction);
    shares.push(share);
    addScaled(direction, pair.turn, -share);
  }
  const last = pairs.at(-1);
  if (last) scale(direction, 1 / (last.inverse * dot(last.turn, last.turn)));
  for (const pair of pairs) {
    const share = shares.pop() ?? 0;
    addScaled(direction, pair.move, share - pair.inverse * dot(pair.turn, direction));
  }
  return direction;
}

function lineSearch(
  objective: Objective,
  from: Point,
  direction: Float64Array,
  first: boolean,
): Point | undefined {
  const slope = dot(from.gradient, direction);
  if (!(slope < 0)) return undefined;
  const gradient = new Float64Array(direction.length);
  for (let length = first ? Math.min(1, 1 / Math.sqrt(-slope)) : 1; length > 1e-20; length /= 2) {
    const at = from.at.slice();
    addScaled(at, direction, length);
    const value = objective(at, gradient);
    if (value <= from.value + 1e-4 * length * slope)
      return value < from.value ? { at, value, gradient } : undefined;
  }
  return undefined;
}

function remember(pairs: Pair[], move: Float64Array, turn: Float64Array): void {
  const curvature = dot(move, turn);
  if (!(curvature > 1e-300)) return;
  pairs.push({ move, turn, inverse: 1 / curvature });
  if (pairs.length > 10) pairs.shift();
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] as number) * (right[index] as number);
  return sum;
}

function addScaled(to: Float64Array, what: Float64Array, factor: number): void {
  for (let index = 0; index < to.length; index++)
    to[index] = (to[index] as number) + factor * (what[index] as number);
}

function scale(what: Float64Array, factor: number): void {
  for (let index = 0; index < what.length; index++) what[index] = (what[index] as number) * factor;
}

function subtract(left: Float64Array, right: Float64Array): Float64Array {
  return left.map((component, index) => component - (right[index] as number));
}

function largest(vector: Float64Array): number {
  let most = 0;
  for (const component of vector) most = Math.max(most, Math.abs(component));
  return most;
}
