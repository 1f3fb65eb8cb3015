import type { TensorValues } from './recording.js';

/** How far a compiled result lies from the eager one. */
export interface Drift {
  /** The output that differs most. */
  name: string;
  /** ‖compiled − eager‖₂ / ‖eager‖₂ of it. */
  difference: number;
}

/** Gradients this much smaller than the largest are rounding: they are held against this share of it. */
const negligible = 1e-3;

/**
 * The largest relative difference over all outputs, in the Euclidean norm: one rounded tie, in a max-pool say,
 * may change single values a lot and mean nothing.
 */
export function driftOf(
  eager: ReadonlyMap<string, TensorValues>,
  compiled: ReadonlyMap<string, TensorValues>,
): Drift {
  const norms = new Map([...eager].map(([name, values]) => [name, norm(values)]));
  const largest = Math.max(0, ...[...norms.values()].filter(Number.isFinite));
  const worst: Drift = { name: '', difference: 0 };
  for (const [name, values] of eager) {
    const others = compiled.get(name);
    if (!others) continue;
    const distance = distanceOf(values, others);
    const against = Math.max(norms.get(name) as number, negligible * largest);
    const relative = distance === 0 ? 0 : distance / against;
    if (relative > worst.difference || Number.isNaN(relative))
      Object.assign(worst, { name, difference: relative });
  }
  return worst;
}

/** Loops, not closures: there are millions of values. Two NaNs, or two equal infinities, agree. */
function distanceOf(values: TensorValues, others: TensorValues): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const [a, b] = [values[i] as number, others[i] as number];
    if (!Object.is(a, b)) sum += (a - b) ** 2;
  }
  return Math.sqrt(sum);
}

function norm(values: TensorValues): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}
