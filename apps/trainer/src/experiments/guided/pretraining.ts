import { seededRandom } from '@warmstart/datasets';
import { type Scouted, type StateDict, scout } from '@warmstart/guided-tl';
import { Updates } from './adaptation.js';
import type { DenseNetwork, Examples } from './dense-network.js';

/** Examples for one update. */
export type Draw = (random: () => number) => Examples;

/** Plain training by Adam on batches that are drawn anew. */
export function pretrain(
  network: DenseNetwork,
  start: Float64Array,
  draw: Draw,
  { steps, rate, random }: { steps: number; rate: number; random: () => number },
): Float64Array {
  const weights = start.slice();
  const updates = new Updates(network, { start, rule: 'adam', rate });
  for (let step = 0; step < steps; step++) updates.step(weights, draw(random));
  return weights;
}

/**
 * Moves the start towards where short training on one task after the other ends.
 *
 * @param task - a task's own draws
 * @see Nichol et al. 2018, On First-Order Meta-Learning Algorithms, arXiv 1803.02999
 */
export function reptile(
  network: DenseNetwork,
  start: Float64Array,
  task: (random: () => number) => Draw,
  options: { tasks: number; innerSteps: number; innerRate: number; random: () => number; headFrom?: number },
): Float64Array {
  const weights = start.slice();
  const { tasks, innerSteps, innerRate, random, headFrom = weights.length } = options;
  for (let number = 0; number < tasks; number++) {
    const draw = task(random);
    const examples = draw(random);
    const trained = weights.slice();
    const updates = new Updates(network, { start: weights, rule: 'sgd', rate: innerRate }, 5);
    for (let step = 0; step < innerSteps; step++) updates.step(trained, examples);
    const share = 0.3 * (1 - number / tasks);
    for (let i = 0; i < headFrom; i++) {
      (weights[i] as number) += share * ((trained[i] as number) - (weights[i] as number));
    }
  }
  return weights;
}

/** Scouts by clipped descent on batches of their own sub-problem; a head, if there is one, starts at 0. */
export function scoutAll<Subproblem>(options: {
  network: DenseNetwork;
  base: Float64Array;
  guidedLayers: number;
  subproblems: readonly Subproblem[];
  draw: (subproblem: Subproblem) => Draw;
  steps: number;
  rate: number;
  seed: number;
}): Promise<Scouted> {
  const { network, base, guidedLayers, subproblems, draw, steps, rate, seed } = options;
  return scout({
    base: network.stateDict(base, guidedLayers),
    subproblems,
    seed,
    train: async (job): Promise<StateDict> => {
      const weights = network.fromState(job.base);
      const random = seededRandom(job.seed, 'scout');
      const examples = draw(job.subproblem);
      const updates = new Updates(network, { start: weights.slice(), rule: 'sgd', rate }, 5);
      for (let step = 0; step < steps; step++) updates.step(weights, examples(random));
      return network.stateDict(weights, guidedLayers);
    },
  });
}
