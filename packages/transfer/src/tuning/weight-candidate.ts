import { stateDict } from '@warmstart/core-checkpoint';
import type { HostTensor, StateDict } from '@warmstart/shapes';
import { type Network, outputsOf } from '../model/network.js';
import { takeRows } from '../rows/prepared-rows.js';
import type { Candidate } from './candidate.js';
import { dealFolds, type Judges, rowsWhere } from './held-out.js';
import { mean, valuesOf } from './probe-candidate.js';
import type { SearchLog } from './search-log.js';
import type { Task } from './task.js';
import { type Labelled, type TrialOptions, trainNetwork, type WeightTuning } from './weight-trial.js';

/** What trained candidates have in common. */
export interface WeightSearch {
  readonly task: Task;
  readonly labelled: Labelled;
  readonly judges: Judges;
  readonly log: SearchLog;
  readonly rates: readonly number[];
  readonly l2: number;
  readonly trial: Omit<TrialOptions, 'learningRate' | 'tune'>;
  /** A network at its starting point, its head fitted to some labelled rows; the caller disposes it. */
  start(learning: Labelled): Promise<Network>;
  /** A network with given weights; the caller disposes it. */
  open(weights: StateDict): Network;
}

/** A candidate that trains the encoder, and its weights where training need not be repeated on all rows. */
export type WeightCandidate = Candidate & { readonly trained?: StateDict };

/** How many times a training is judged. */
const lookCount = 10;
/** Evaluations on held-out rows without improvement before a training stops. */
const patience = 4;

/** Trains the encoder at several rates, judged by rows that were not learned from: the best rate and number of steps. */
export async function weightCandidate(tune: WeightTuning, search: WeightSearch): Promise<WeightCandidate> {
  const judged =
    search.judges.kind === 'held-out'
      ? await heldOutTrials(tune, search, search.judges)
      : await foldTrials(tune, search, search.judges.folds);
  let best = judged[0] as WeightCandidate; // there is at least one rate
  for (const one of judged) if (one.loss < best.loss) best = one;
  return best;
}

/** A network after some steps, as the rows of one fold saw it; plain data. */
interface Look {
  step: number;
  outputs: number[];
}

/** Every fold at every rate; the number of steps is chosen over all folds together. */
async function foldTrials(tune: WeightTuning, search: WeightSearch, folds: number): Promise<Candidate[]> {
  const { task, labelled, rates, trial, l2 } = search;
  const foldOf = dealFolds(task, labelled.targets, folds, trial.seed);
  const judging = rowsWhere(foldOf, (fold) => fold >= 0);
  const truth = valuesOf(labelled.targets, judging);
  const candidates: Candidate[] = [];
  for (const learningRate of rates) {
    const byStep = new Map<number, Float64Array>();
    for (let fold = 0; fold < folds; fold++) {
      const held = rowsWhere(foldOf, (own) => own === fold);
      if (held.length === 0) continue;
      const learning = part(
        labelled,
        rowsWhere(foldOf, (own) => own !== fold),
      );
      const name = `${tune} rate ${learningRate} fold ${fold}`;
      const looks = await foldTrial(name, search, {
        tune,
        learningRate,
        learning,
        judging: part(labelled, held),
      });
      gatherLooks(byStep, looks, { held, judging, width: task.outputCount });
    }
    for (const [steps, data] of byStep) {
      const outputs: HostTensor = { data, shape: [judging.length, task.outputCount] };
      const rowLosses = task.rowLosses(outputs, truth);
      const heldOut = { outputs, targets: truth };
      candidates.push({ tune, l2, learningRate, steps, loss: mean(rowLosses), rowLosses, heldOut });
    }
  }
  return candidates;
}

/** One training without the rows of a fold, which are looked at on the way. */
async function foldTrial(
  name: string,
  { task, log, trial, start }: WeightSearch,
  way: { tune: WeightTuning; learningRate: number; learning: Labelled; judging: Labelled },
): Promise<Look[]> {
  const { tune, learningRate, learning, judging } = way;
  const every = Math.max(1, Math.ceil(trial.steps / lookCount));
  const { result } = await log.run<Look[], Look>(name, async (hooks, notes) => {
    const network = await start(learning);
    const looks = [...notes.kept];
    const measure = async () => {
      const outputs = await outputsOf(network, judging.rows);
      const look = { step: every * (looks.length + 1), outputs: Array.from(outputs.data) };
      looks.push(look);
      notes.add(look);
      return { heldOutLoss: mean(task.rowLosses(outputs, judging.targets)) };
    };
    const options = { ...trial, tune, learningRate, steps: every * Math.ceil(trial.steps / every) };
    try {
      await trainNetwork(network, task, learning, options, { ...hooks, evaluation: { every, measure } });
      return { result: looks };
    } finally {
      network.dispose();
    }
  });
  return result;
}

/** Puts what one fold saw among what all judging rows saw. */
function gatherLooks(
  byStep: Map<number, Float64Array>,
  looks: readonly Look[],
  { held, judging, width }: { held: Uint32Array; judging: Uint32Array; width: number },
): void {
  for (const { step, outputs } of looks) {
    const all = byStep.get(step) ?? new Float64Array(judging.length * width);
    held.forEach((row, at) => {
      const to = judging.indexOf(row) * width; // held rows are judging rows
      for (let output = 0; output < width; output++)
        all[to + output] = outputs[at * width + output] as number;
    });
    byStep.set(step, all);
  }
}

/** One training a rate, stopped when held-out rows get no better; its best weights are kept. */
async function heldOutTrials(
  tune: WeightTuning,
  search: WeightSearch,
  judges: Extract<Judges, { kind: 'held-out' }>,
): Promise<WeightCandidate[]> {
  const { task, labelled, l2 } = search;
  const learning = part(labelled, judges.train);
  const judging = part(labelled, judges.held);
  const candidates: WeightCandidate[] = [];
  for (const learningRate of search.rates) {
    const { steps, weights } = await stoppedTrial(search, { tune, learningRate, learning, judging });
    const network = search.open(weights);
    const outputs = await outputsOf(network, judging.rows).finally(() => network.dispose());
    const rowLosses = task.rowLosses(outputs, judging.targets);
    const heldOut = { outputs, targets: judging.targets };
    candidates.push({
      tune,
      l2,
      learningRate,
      steps,
      loss: mean(rowLosses),
      rowLosses,
      heldOut,
      trained: weights,
    });
  }
  return candidates;
}

async function stoppedTrial(
  { task, log, trial, start }: WeightSearch,
  way: { tune: WeightTuning; learningRate: number; learning: Labelled; judging: Labelled },
): Promise<{ steps: number; weights: StateDict }> {
  const { tune, learningRate, learning, judging } = way;
  const name = `${tune} rate ${learningRate}`;
  const { result, weights } = await log.run<{ steps: number }>(name, async (hooks) => {
    const network = await start(learning);
    const measure = async () => ({
      heldOutLoss: mean(task.rowLosses(await outputsOf(network, judging.rows), judging.targets)),
    });
    const every = Math.max(1, Math.ceil(trial.steps / (2 * lookCount)));
    try {
      const { step, best } = await trainNetwork(
        network,
        task,
        learning,
        { ...trial, tune, learningRate },
        {
          ...hooks,
          evaluation: { every, measure },
          earlyStopping: { metric: 'heldOutLoss', mode: 'min', patience },
        },
      );
      return { result: { steps: best?.step ?? step }, weights: await stateDict(network) };
    } finally {
      network.dispose();
    }
  });
  if (!weights) throw new RangeError(`finetune: the checkpoint lacks the weights of the trial ${name}.`);
  return { steps: result.steps, weights };
}

function part({ rows, targets }: Labelled, which: Uint32Array): Labelled {
  return { rows: takeRows(rows, which), targets: valuesOf(targets, which) };
}
