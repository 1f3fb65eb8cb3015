import * as tf from '@tensorflow/tfjs';
import { assignProbe, featureScale, selectVariables } from '@warmstart/finetune-heads';
import { crossEntropy } from '@warmstart/nn';
import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { adamW, fit, warmupConstant } from '@warmstart/training';
import { type Classifier, newClassifier, outputs } from './classifier.js';
import { fitProbe } from './probe-arm.js';
import { score } from './score.js';
import type { Rows, Table } from './table.js';
import type { Trial } from './trial.js';

/** Where an arm starts from, and how it is held back. */
export interface TrainArm {
  /** Absent: new weights. */
  encoder?: StateDict | undefined;
  /** Strength of the linear probe that gives the head its first weights; absent: a new head. */
  probeL2?: number | undefined;
  /** Guide values of encoder weights, by the encoder's own paths; the head moves freely. */
  guides?: StateDict | undefined;
}

/**
 * Trains encoder and head on one draw of labels, once per learning rate, and scores them after each number of steps
 * that is tried.
 *
 * @returns a trial for every learning rate and number of steps, in the order of the plan
 */
export async function runTraining(
  table: Table,
  labelled: Rows,
  arm: TrainArm,
  seed: number,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const learningRate of table.recipe.plan.tuning.learningRates) {
    const model = newClassifier(table, seed, arm.encoder);
    try {
      if (arm.probeL2 !== undefined) await startFromProbe(model, table, labelled, arm.probeL2);
      trials.push(...(await trainOnce(model, table, labelled, arm.guides, learningRate)));
    } finally {
      model.dispose();
    }
  }
  return trials;
}

async function startFromProbe(model: Classifier, table: Table, labelled: Rows, l2: number): Promise<void> {
  const features = {
    labelled: await outputs(model.encoder, labelled, table.width),
    scale: featureScale(await outputs(model.encoder, table.train, table.width)),
  };
  assignProbe(model.head, fitProbe(features, labelled.labels, table.classNames.length, l2));
}

async function trainOnce(
  model: Classifier,
  table: Table,
  labelled: Rows,
  guides: StateDict | undefined,
  learningRate: number,
): Promise<Trial[]> {
  const { tuning, weightDecay } = table.recipe.plan;
  const trials: Trial[] = [];
  const variables = selectVariables(model);
  const guideTensors = guideTensorsFor(guides);
  const optimizer = adamW({
    variables,
    learningRate: warmupConstant(learningRate, tuning.warmupSteps),
    weightDecay,
    guides: guideTensors,
  });
  const x = tf.tensor2d(labelled.features, [labelled.rowCount, table.width]);
  const labels = tf.tensor1d(labelled.labels, 'int32');
  try {
    let before = 0;
    for (const steps of tuning.steps) {
      await fit({
        variables,
        optimizer,
        batches: () => x,
        steps: steps - before,
        logEvery: steps - before,
        loss: () => crossEntropy(model.call(x, { training: true }), labels),
      });
      before = steps;
      trials.push(await trial(model, table, { learningRate, steps }));
    }
  } finally {
    optimizer.dispose();
    tf.dispose([x, labels, ...guideTensors.values()]);
  }
  return trials;
}

async function trial(model: Classifier, table: Table, setting: Trial['setting']): Promise<Trial> {
  const validation = score(await outputs(model, table.validation, table.width), table.validation.labels);
  const test = score(await outputs(model, table.test, table.width), table.test.labels);
  return {
    setting,
    validationAccuracy: validation.accuracy,
    testAccuracy: test.accuracy,
    testRocAuc: test.rocAuc,
  };
}

/** Guides of the encoder under the classifier's paths; a weight without one, the head's, moves as usual. */
function guideTensorsFor(guides: StateDict | undefined): Map<string, tf.Tensor> {
  const tensors = new Map<string, tf.Tensor>();
  for (const [path, guide] of guides ?? []) tensors.set(`encoder.${path}`, hostTensor(guide));
  return tensors;
}

function hostTensor({ data, shape }: NamedTensor): tf.Tensor {
  return tf.tensor(data as Float32Array, [...shape], 'float32');
}
