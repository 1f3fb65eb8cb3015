import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { finetune } from './finetune.js';
import { openModel } from './open-model.js';
import { pretrain } from './pretrain.js';
import { numberRows } from './testing/number-rows.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Two noisy groups in eight correlated columns. */
function groups(rowCount: number, noise = 1) {
  const random = seededRandom(3, 'groups');
  const normal = () => random() + random() + random() + random() - 2;
  const values = new Float64Array(rowCount * 8);
  const outputs = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const label = row % 2;
    outputs[row] = label;
    const hidden = [label * 2 - 1 + noise * normal(), normal()];
    for (let at = 0; at < 8; at++)
      values[row * 8 + at] = 100 + 10 * ((hidden[at % 2] as number) + 0.3 * normal());
  }
  return numberRows({
    names: Array.from({ length: 8 }, (_, at) => `x${at}`),
    values,
    output: { kind: 'classes', column: 'group', classNames: ['a', 'b'] },
    outputs,
  });
}

describe('finetune', () => {
  it('learns from few labels, says what it chose, and is the same after saving', async () => {
    const rows = groups(400);
    const tensors = tf.memory().numTensors;
    const encoder = await pretrain(rows, { steps: 60, seed: 1, hidden: [16, 8] });
    expect(encoder.scores.lossAfter).toBeLessThan(encoder.scores.lossBefore);
    const model = await finetune(rows, { from: encoder, labels: 20, seed: 1, steps: 40 });
    expect(model.metrics.logLoss).toBeLessThan(model.baseline.logLoss ?? 0);
    expect(model.chosen).toMatchObject({ judgedBy: 'cross-validation within the labelled rows, 5 folds' });
    expect(model.metrics.accuracy).toBeGreaterThan(0.85);
    const again = await openModel(model.toBytes());
    const [one, other] = [await model.predict(rows), await again.predict(rows)];
    expect(other).toEqual(one);
    model.dispose();
    again.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
