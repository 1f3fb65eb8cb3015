import { stateDict } from '@warmstart/core-checkpoint';
import { selectVariables } from '@warmstart/finetune-heads';
import type { ClassSubset, ScoutJob } from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { adamW, fit } from '@warmstart/training';
import type { Architecture } from '../encoders/architecture.js';
import { newNetwork } from '../model/network.js';
import { inputOf, type PreparedRows, takeRows } from '../rows/prepared-rows.js';
import { classTask } from '../tuning/class-task.js';

/** How scouts are trained. */
export interface ScoutTraining {
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/**
 * One scout: from a copy of the base, learns to predict which group of rows a row is of.
 *
 * @returns the encoder's weights where the scout ended
 */
export async function trainScout(
  rows: PreparedRows,
  architecture: Architecture,
  { base, subproblem, seed }: ScoutJob<ClassSubset>,
  { steps, batchSize, learningRate }: ScoutTraining,
  signal?: AbortSignal,
): Promise<StateDict> {
  const classNames = subproblem.classes.map(String);
  const network = newNetwork(architecture, classNames.length, seed, base);
  const variables = selectVariables(network);
  const optimizer = adamW({ variables, learningRate });
  const members = classNames.map((_, label) =>
    subproblem.rows.filter((_, at) => subproblem.labels[at] === label),
  );
  const task = classTask({ kind: 'classes', column: 'group', classNames }, Float64Array.of(0, 1), 'none');
  try {
    await fit({
      variables,
      model: network,
      optimizer,
      steps,
      logEvery: steps,
      clipNorm: 1,
      ...(signal ? { signal } : {}),
      batches: ({ step }) => balancedBatch(rows, members, batchSize, seededRandom(seed, 'batch', step)),
      loss: (batch) => task.loss(network.call(inputOf(batch)), batch.outputs),
    });
    return await stateDict(network.encoder);
  } finally {
    optimizer.dispose();
    network.dispose();
  }
}

/** As many rows of each group. */
function balancedBatch(
  rows: PreparedRows,
  members: readonly Int32Array[],
  batchSize: number,
  random: () => number,
): PreparedRows {
  const labels = Float64Array.from({ length: batchSize }, (_, at) => at % members.length);
  const chosen = Int32Array.from(labels, (label) => {
    const own = members[label] as Int32Array; // label < members.length
    return own[Math.floor(random() * own.length)] as number;
  });
  return { ...takeRows(rows, chosen), outputs: labels };
}
