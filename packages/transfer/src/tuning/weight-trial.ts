import { planTuning, type Strategy } from '@warmstart/finetune-heads';
import { guideUpdates } from '@warmstart/guided-tl';
import { randomOrder, seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { adamW, type FitOptions, type FitResult, fit, warmupConstant } from '@warmstart/training';
import type { Network } from '../model/network.js';
import { inputOf, type PreparedRows, takeRows } from '../rows/prepared-rows.js';
import type { Tuning } from './candidate.js';
import type { TrialHooks } from './search-log.js';
import type { Task } from './task.js';

/** Labelled rows, with their targets. */
export interface Labelled {
  readonly rows: PreparedRows;
  readonly targets: Float64Array;
}

/** The ways that train the encoder. */
export type WeightTuning = Exclude<Tuning, 'linear' | 'head'>;

/** How a network is trained on labelled rows. */
export interface TrialOptions {
  readonly tune: WeightTuning;
  readonly learningRate: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** How far each weight of the encoder may move, under the encoder's keys. */
  readonly guides?: StateDict | undefined;
}

/** Updates a network in place by some labelled rows, judged on the way by `evaluation`. */
export async function trainNetwork(
  network: Network,
  task: Task,
  { rows, targets }: Labelled,
  options: TrialOptions,
  hooks: TrialHooks & Pick<FitOptions<never>, 'evaluation' | 'earlyStopping'>,
): Promise<FitResult> {
  const { learningRate, steps, seed, weightDecay, guides } = options;
  const plan = planTuning(network, strategyOf(options));
  const plain = adamW({
    variables: plan.all,
    learningRate: warmupConstant(learningRate, Math.min(20, steps)),
    learningRateScales: plan.learningRateScales,
    weightDecay,
  });
  const optimizer = guides
    ? guideUpdates(plain, {
        variables: plan.all,
        guides: new Map([...guides].map(([key, guide]) => [`encoder.${key}`, guide])),
        model: network,
        strict: false,
      })
    : plain;
  const batchAt = batches(rows, targets, options.batchSize, seed);
  try {
    return await fit<Labelled>({
      ...hooks,
      variables: plan.variables,
      model: network,
      optimizer,
      steps,
      batches: ({ step }) => batchAt(step),
      loss: (batch, { step }) =>
        task.loss(
          network.call(inputOf(batch.rows), { training: true, random: seededRandom(seed, 'dropout', step) }),
          batch.targets,
        ),
    });
  } finally {
    optimizer.dispose();
  }
}

function strategyOf({ tune, steps }: TrialOptions): Strategy {
  switch (tune) {
    case 'gradual':
      return { kind: 'gradual', by: 'step', unfreezeAt: [Math.max(1, Math.floor(steps / 3))] };
    case 'bit-fit':
      return { kind: 'bit-fit' };
    case 'full':
      return { kind: 'full', layerDecay: { decay: 1 } };
  }
}

/** The batch of each step: all rows where they fit, else epochs in an order of their own. */
function batches(
  rows: PreparedRows,
  targets: Float64Array,
  batchSize: number,
  seed: number,
): (step: number) => Labelled {
  if (rows.rowCount <= batchSize) return () => ({ rows, targets });
  const perEpoch = Math.ceil(rows.rowCount / batchSize);
  let known: { epoch: number; order: Int32Array } | undefined;
  return (step) => {
    const epoch = Math.floor(step / perEpoch);
    if (known?.epoch !== epoch)
      known = { epoch, order: randomOrder(rows.rowCount, seededRandom(seed, 'batch', epoch)) };
    const start = (step % perEpoch) * batchSize;
    const chosen = known.order.subarray(start, start + batchSize);
    return {
      rows: takeRows(rows, chosen),
      targets: Float64Array.from(chosen, (row) => targets[row] as number),
    };
  };
}
