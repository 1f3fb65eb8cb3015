import * as tf from '@tensorflow/tfjs';
import { Linear } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { adamW, fit } from '@warmstart/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from './index.js';

interface Batch {
  x: tf.Tensor2D;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Losses of a run of `fit`, with gradients of two batches averaged into each update. */
async function lossesOf(compile: 'always' | 'never') {
  const layer = new Linear(3, 3, { random: seededRandom(1, 'init') });
  const variables = new Map([...layer.namedVariables()].map(({ path, variable }) => [path, variable]));
  const loss = ({ x, target }: { x: tf.Tensor; target: tf.Tensor }) =>
    tf.mean(tf.square(tf.sub(layer.call(x), target))) as tf.Scalar;
  const feeds = ({ x }: Batch, { step }: { step: number }) => ({ x, target: tf.mul(x, 1 + step / 100) });
  const step = await compileStep(loss, variables, feeds, { compile, threads: 1, checkEvery: 7 });
  const losses: number[] = [];
  await fit({
    variables,
    optimizer: adamW({ variables, learningRate: 0.05 }),
    batches: ({ step: at, micro }): Batch => ({
      x: tf.tensor2d(
        Float32Array.from({ length: 12 }, (_, i) => Math.sin(at + 3 * micro + i)),
        [4, 3],
      ),
    }),
    steps: 20,
    accumulate: 2,
    lossAndGradients: step.lossAndGradients,
    onEvent: (event) => {
      if (event.type === 'step-end') losses.push(...event.losses);
    },
  });
  await step.dispose();
  return losses;
}

describe('compileStep in fit', () => {
  it('trains to the same losses', async () => {
    const eager = await lossesOf('never');
    const compiled = await lossesOf('always');
    expect(compiled).toHaveLength(20);
    for (const [i, loss] of eager.entries()) expect(compiled[i]).toBeCloseTo(loss, 5);
    expect(compiled.at(-1) as number).toBeLessThan(compiled[0] as number);
  });
});
