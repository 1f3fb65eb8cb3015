import { type Guides, guides, refineGuides, type Scouted, scout } from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
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

/** A task as it will be met: a few examples to learn from, and others to be judged by. */
export type DrawTask = (random: () => number) => { train: Examples; test: Examples };

/**
 * Guides corrected by rehearsals: each learns a sub-problem from a few examples as the new task will be learned, by the
 * rule it will be learned by, and is judged on others of the same sub-problem.
 */
export async function refineAll<Subproblem>({
  rates,
  ...options
}: Rehearsals<Subproblem> & { rates: Record<Rule, number> }): Promise<Record<Rule, Guides>> {
  return {
    sgd: await refineUnder('sgd', rates.sgd, options),
    adam: await refineUnder('adam', rates.adam, options),
  };
}

type Rule = 'sgd' | 'adam';

interface Rehearsals<Subproblem> {
  network: DenseNetwork;
  scouted: Scouted;
  guidedLayers: number;
  subproblems: readonly Subproblem[];
  draw: (subproblem: Subproblem) => DrawTask;
  steps: number;
  seed: number;
}

function refineUnder<Subproblem>(
  rule: Rule,
  rate: number,
  { network, scouted, guidedLayers, subproblems, draw, steps, seed }: Rehearsals<Subproblem>,
): Promise<Guides> {
  return refineGuides(guides(scouted, { formula: 'deviation' }), {
    subproblems,
    seed,
    train: async (job) => {
      const weights = network.fromState(job.base);
      const guide = network.fromState(job.guides ?? new Map(), 1);
      const { train, test } = draw(job.subproblem)(seededRandom(job.seed, 'rehearsal'));
      const updates = new Updates(network, { start: weights.slice(), rule, rate, guide });
      for (let step = 0; step < steps; step++) updates.step(weights, train);
      const gradient = new Float64Array(network.size);
      network.gradient(weights, test, gradient);
      return {
        weights: network.stateDict(weights, guidedLayers),
        heldOut: network.stateDict(clipped(gradient, 10), guidedLayers),
      };
    },
  });
}

/** No rehearsal outweighs the others by the size of its error. */
function clipped(gradient: Float64Array, norm: number): Float64Array {
  const length = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
  return length > norm ? gradient.map((value) => (value * norm) / length) : gradient;
}

/** The diagonal Fisher information of a network on what it was trained on, its mean 1; 0 beyond `layers`. */
export function importanceOf(
  network: DenseNetwork,
  weights: Float64Array,
  draw: Draw,
  { layers, random, examples = 200 }: { layers: number; random: () => number; examples?: number },
): Float64Array {
  const sum = new Float64Array(network.offsets[layers] ?? network.size);
  const gradient = new Float64Array(network.size);
  const width = network.sizes[0] ?? 1;
  for (let drawn = 0; drawn < examples; ) {
    const { inputs, targets, count } = draw(random);
    for (let row = 0; row < count && drawn < examples; row++, drawn++) {
      const outputs = targets.length / count;
      const one = {
        inputs: inputs.subarray(row * width, (row + 1) * width),
        targets: targets.subarray(row * outputs, (row + 1) * outputs),
        count: 1,
      };
      network.gradient(weights, one, gradient);
      for (let i = 0; i < sum.length; i++) (sum[i] as number) += (gradient[i] as number) ** 2;
    }
  }
  const mean = sum.reduce((total, value) => total + value, 0) / sum.length;
  return sum.map((value) => value / mean);
}
