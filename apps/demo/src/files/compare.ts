import type { Checkpoint } from '@warmstart/core-checkpoint';
import { matchKeys, type TensorInfo } from '@warmstart/core-checkpoint';
import { numbersOf } from './numbers.js';

/** What two checkpoints have in common, and what not. */
export interface Comparison {
  /** PyTorch's sentence about loading the second into a model that has the first's tensors */
  verdict: string;
  onlyInA: string[];
  onlyInB: string[];
  shape: { key: string; a: readonly number[]; b: readonly number[] }[];
  /** by size of the largest difference; undefined where values cannot be subtracted */
  changed: { key: string; maxAbs: number | undefined }[];
  equalCount: number;
}

/** Compares tensor by tensor; no more than one of each file is held at a time. */
export async function compare(
  a: Checkpoint,
  b: Checkpoint,
  { signal, onTensor }: { signal: AbortSignal; onTensor: (done: number, count: number) => void },
): Promise<Comparison> {
  const [inA, inB] = [byKey(a), byKey(b)];
  const both = [...inA.keys()].filter((key) => inB.has(key));
  const shape: Comparison['shape'] = [];
  const changed: Comparison['changed'] = [];
  let equalCount = 0;
  for (const [index, key] of both.entries()) {
    signal.throwIfAborted();
    const [left, right] = [inA.get(key) as TensorInfo, inB.get(key) as TensorInfo];
    if (left.shape.join() !== right.shape.join()) shape.push({ key, a: left.shape, b: right.shape });
    else {
      const maxAbs = await largestDifference(a, b, key, left.dtype === right.dtype);
      if (maxAbs === 0) equalCount++;
      else changed.push({ key, maxAbs });
    }
    onTensor(index + 1, both.length);
  }
  changed.sort(
    (left, right) => (right.maxAbs ?? Number.POSITIVE_INFINITY) - (left.maxAbs ?? Number.POSITIVE_INFINITY),
  );
  return {
    verdict: String(matchKeys([...inA.values()], [...inB.values()])),
    onlyInA: [...inA.keys()].filter((key) => !inB.has(key)),
    onlyInB: [...inB.keys()].filter((key) => !inA.has(key)),
    shape,
    changed,
    equalCount,
  };
}

function byKey(checkpoint: Checkpoint): Map<string, TensorInfo> {
  return new Map(checkpoint.tensors().map((tensor) => [tensor.key, tensor]));
}

/** 0 where every value is the same, a value that is not a number included. */
async function largestDifference(
  a: Checkpoint,
  b: Checkpoint,
  key: string,
  isSameDtype: boolean,
): Promise<number | undefined> {
  const [left, right] = [await a.read(key), await b.read(key)];
  const [x, y] = [numbersOf(left), numbersOf(right)];
  if (!x || !y) {
    const isSame =
      isSameDtype && left.data.length === right.data.length && left.data.every((v, i) => v === right.data[i]);
    return isSame ? 0 : undefined;
  }
  let most = 0;
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i] as number, y[i] as number];
    if (Object.is(p, q) || p === q) continue;
    const difference = Math.abs(p - q);
    if (Number.isNaN(difference)) return Number.NaN;
    most = Math.max(most, difference);
  }
  return most;
}
