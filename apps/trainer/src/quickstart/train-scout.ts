import * as tf from '@tensorflow/tfjs';
import { stateDict } from '@warmstart/core-checkpoint';
import { linearHead, selectVariables, withHead } from '@warmstart/finetune-heads';
import type { ClassSubset, ScoutJob } from '@warmstart/guided-tl';
import { crossEntropy } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { adamW, fit } from '@warmstart/training';
import { newEncoder } from './classifier.js';
import { gather, type Rows, type Table } from './table.js';

/**
 * One scout: from a copy of the base, learns to tell two groups of unlabelled rows apart.
 *
 * @returns the encoder's weights where the scout ended
 */
export async function trainScout(table: Table, job: ScoutJob<ClassSubset>): Promise<StateDict> {
  const { steps, batchSize, learningRate } = table.recipe.plan.scouts;
  const encoder = await newEncoder(table, 0, job.base);
  const model = withHead(
    encoder,
    linearHead(encoder.outFeatures, 2, { random: seededRandom(job.seed, 'head') }),
  );
  const variables = selectVariables(model);
  const optimizer = adamW({ variables, learningRate });
  try {
    await fit({
      variables,
      optimizer,
      steps,
      logEvery: steps,
      clipNorm: 1,
      batches: ({ step }) =>
        pairBatch(table, job.subproblem, batchSize, seededRandom(job.seed, 'batch', step)),
      loss: ({ features, labels, rowCount }) =>
        tf.tidy(() =>
          crossEntropy(
            model.call(tf.tensor2d(features, [rowCount, table.width])),
            tf.tensor1d(labels, 'int32'),
          ),
        ),
    });
    return await stateDict(encoder);
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** As many rows of either cluster, on average. */
function pairBatch(table: Table, { rows, labels }: ClassSubset, size: number, random: () => number): Rows {
  const members = [0, 1].map((label) => rows.filter((_, index) => labels[index] === label));
  const pick = (from: Int32Array | undefined) => from?.[Math.floor(random() * from.length)] ?? 0;
  const chosen = Int32Array.from({ length: size }, (_, index) => pick(members[index % 2]));
  const batch = gather(table.train, table.width, chosen);
  return { ...batch, labels: Int32Array.from({ length: size }, (_, index) => index % 2) };
}
