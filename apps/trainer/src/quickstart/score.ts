import { accuracy, rocAuc } from '@warmstart/training';

/** Share right, and area under the ROC curve of one class against the rest, averaged over the classes. */
export function score(logits: HostTensor, labels: ArrayLike<number>): { accuracy: number; rocAuc: number } {
  return { accuracy: accuracy(logits, labels), rocAuc: macroRocAuc(logits, labels) };
}

function macroRocAuc({ data, shape }: HostTensor, labels: ArrayLike<number>): number {
  const [rowCount = 0, classCount = 0] = shape;
  let total = 0;
  for (let label = 0; label < classCount; label++) {
    const isLabel = Int32Array.from(labels, (value) => (value === label ? 1 : 0));
    const margins = Float64Array.from({ length: rowCount }, (_, row) => margin(data, row, classCount, label));
    total += rocAuc({ data: margins, shape: [rowCount] }, isLabel);
  }
  return total / classCount;
}

/** A class's log odds against all others together: softmax alone would tie where it saturates. */
function margin(data: ArrayLike<number>, row: number, classCount: number, label: number): number {
  const at = (other: number) => data[row * classCount + other] as number;
  let highest = Number.NEGATIVE_INFINITY;
  for (let other = 0; other < classCount; other++)
    if (other !== label) highest = Math.max(highest, at(other));
  let sum = 0;
  for (let other = 0; other < classCount; other++) if (other !== label) sum += Math.exp(at(other) - highest);
  return at(label) - highest - Math.log(sum);
}

import type { HostTensor } from '@warmstart/shapes';
