import * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients, Optimizer } from '@warmstart/shapes';

/** One whole step: loss and gradients, the update, and the loss on the host. */
export async function runStep(
  name: string,
  optimizer: Pick<Optimizer, 'step'> | undefined,
  compute: () => Promise<LossAndGradients>,
): Promise<{ loss: number }> {
  if (!optimizer) throw new TypeError(`${name}: run needs options.optimizer, got none.`);
  const { loss, gradients } = await compute();
  try {
    optimizer.step(gradients);
    return { loss: (await loss.data())[0] as number };
  } finally {
    tf.dispose([loss, ...gradients.values()]);
  }
}
