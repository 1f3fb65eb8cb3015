import { type Checkpoint, type Difference, diff, matchKeys } from '@warmstart/core-checkpoint';

/** What two checkpoints have in common, and what not. */
export interface Comparison extends Difference {
  /** PyTorch's sentence about loading the second into a model that has the first's tensors */
  verdict: string;
  equalCount: number;
}

/** Compares tensor by tensor; no more than one of each file is held at a time. */
export async function compare(a: Checkpoint, b: Checkpoint): Promise<Comparison> {
  const difference = await diff(a, b);
  const { changed, onlyInA, shape } = difference;
  const unequal = changed.length + onlyInA.length + shape.length;
  return {
    ...difference,
    changed: [...changed].sort((left, right) => sizeOf(right.maxAbs) - sizeOf(left.maxAbs)),
    verdict: String(matchKeys(a.tensors(), b.tensors())),
    equalCount: a.keys().length - unequal,
  };
}

/** What cannot be measured comes first. */
function sizeOf(maxAbs: number | null): number {
  return maxAbs ?? Number.POSITIVE_INFINITY;
}
