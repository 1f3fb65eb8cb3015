import * as tf from '@tensorflow/tfjs-core';
import { stateDict } from '@warmstart/core-checkpoint';
import { selectVariables } from '@warmstart/finetune-heads';
import { crossEntropy } from '@warmstart/nn';
import type { StateDict } from '@warmstart/shapes';
import { adamW, fit, warmupConstant } from '@warmstart/training';
import { type Classifier, newClassifier, outputs, predictedClasses, startFromProbe } from './classifier.js';
import { classNamesFor, type Draw, drawOf, type LabelPlan, rowsToKeepLearningFrom } from './draws.js';
import type { Rows, Table } from './table.js';

/** Where an arm starts from, and how it is held back. */
export interface Arm {
  /** absent: new weights */
  encoder?: StateDict | undefined;
  /** does the encoder learn? */
  isFrozen: boolean;
  /** guide values of encoder weights, by the encoder's own paths; the head moves freely */
  guides?: StateDict | undefined;
}

export interface RaceSettings extends LabelPlan {
  draws: number;
}

/** The same for every arm. What is tried is chosen by validation rows, arm by arm. */
export const budget = {
  learningRates: [1e-4, 3e-4, 1e-3],
  /** steps after which is looked */
  marks: [0, 5, 10, 20, 50, 100],
  l2: 1,
  warmupSteps: 10,
  weightDecay: 1e-4,
};

/** One arm with one learning rate on one draw: an entry for each of the budget's marks. */
export interface Trial {
  learningRate: number;
  /** share of validation rows that are right */
  validation: number[];
  /** predicted class of every test row */
  predicted: Uint8Array[];
  /** true class of every test row */
  truth: Int32Array;
}

/** Runs one arm on one draw of labels, once for each learning rate. */
export async function runArm(table: Table, arm: Arm, settings: RaceSettings, draw: number): Promise<Trial[]> {
  const rows = drawOf(table, settings, draw);
  // a frozen encoder under a probe has nothing to tune: its head is at its one minimum from the start
  const rates = arm.isFrozen ? budget.learningRates.slice(0, 1) : budget.learningRates;
  const trials: Trial[] = [];
  for (const learningRate of rates) {
    const model = await startingModel(table, arm, rows.train, settings, draw);
    try {
      trials.push(await follow(model, table, rows, arm, learningRate));
    } finally {
      model.dispose();
    }
  }
  return trials;
}

/** The classifier to take away: an arm with what was chosen for it, on the first draw's labels or all given by hand. */
export async function trainClassifier(
  table: Table,
  arm: Arm,
  settings: RaceSettings,
  { learningRate, steps }: { learningRate: number; steps: number },
): Promise<StateDict> {
  const labelled = rowsToKeepLearningFrom(table, settings);
  const model = await startingModel(table, arm, labelled, settings, 0);
  try {
    const marks = arm.isFrozen ? [] : [steps];
    await train(model, table, labelled, { guides: arm.guides, learningRate, marks, onMark: async () => {} });
    return await stateDict(model);
  } finally {
    model.dispose();
  }
}

async function startingModel(
  table: Table,
  arm: Arm,
  labelled: Rows,
  settings: RaceSettings,
  draw: number,
): Promise<Classifier> {
  const classCount = classNamesFor(table, settings).length;
  const model = await newClassifier(
    { width: table.width, classCount, seed: settings.seed + draw },
    arm.encoder,
  );
  if (arm.encoder) await startFromProbe(model, table, labelled, { classCount, l2: budget.l2 });
  return model;
}

async function follow(
  model: Classifier,
  table: Table,
  rows: Draw,
  arm: Arm,
  learningRate: number,
): Promise<Trial> {
  const trial: Trial = { learningRate, validation: [], predicted: [], truth: rows.test.labels };
  if (arm.isFrozen) {
    const [validation, predicted] = await look(model, table.width, rows);
    return {
      ...trial,
      validation: budget.marks.map(() => validation),
      predicted: budget.marks.map(() => predicted),
    };
  }
  const { marks } = budget;
  const onMark = async () => {
    const [validation, predicted] = await look(model, table.width, rows);
    trial.validation.push(validation);
    trial.predicted.push(predicted);
  };
  await train(model, table, rows.train, { guides: arm.guides, learningRate, marks, onMark });
  return trial;
}

interface Stretches {
  guides: StateDict | undefined;
  learningRate: number;
  marks: readonly number[];
  onMark: () => Promise<void>;
}

/** Trains in stretches, and lets `onMark` look at the model after each of the marks. */
async function train(
  model: Classifier,
  table: Table,
  labelled: Rows,
  { guides, learningRate, marks, onMark }: Stretches,
): Promise<void> {
  const variables = selectVariables(model);
  const guideTensors = guideTensorsFor(guides);
  const { warmupSteps, weightDecay } = budget;
  const optimizer = adamW({
    variables,
    learningRate: warmupConstant(learningRate, warmupSteps),
    weightDecay,
    guides: guideTensors,
  });
  const x = tf.tensor2d(labelled.features, [labelled.rowCount, table.width]);
  const labels = tf.tensor1d(labelled.labels, 'int32');
  try {
    let before = 0;
    for (const mark of marks) {
      const steps = mark - before;
      if (steps > 0) {
        const loss = () => crossEntropy(model.call(x, { training: true }), labels);
        await fit({ variables, optimizer, batches: () => x, steps, logEvery: steps, loss });
      }
      before = mark;
      await onMark();
    }
  } finally {
    optimizer.dispose();
    tf.dispose([x, labels, ...guideTensors.values()]);
  }
}

async function look(
  model: Classifier,
  width: number,
  { validation: rows, test }: Draw,
): Promise<[validation: number, predicted: Uint8Array]> {
  const validation = predictedClasses(await outputs(model, rows, width));
  const right = validation.reduce((sum, label, row) => sum + (label === rows.labels[row] ? 1 : 0), 0);
  return [right / validation.length, predictedClasses(await outputs(model, test, width))];
}

/** Guides of the encoder under the classifier's paths; a weight without one, the head's, moves as usual. */
function guideTensorsFor(guides: StateDict | undefined): Map<string, tf.Tensor> {
  const tensors = new Map<string, tf.Tensor>();
  for (const [path, { data, shape }] of guides ?? []) {
    tensors.set(`encoder.${path}`, tf.tensor(data as Float32Array, [...shape], 'float32'));
  }
  return tensors;
}
