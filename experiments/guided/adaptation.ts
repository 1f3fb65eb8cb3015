import type { DenseNetwork, Examples } from './dense-network.js';

/** How a network is fitted to one task. */
export interface Adaptation {
  start: Float64Array;
  rule: 'sgd' | 'adam';
  rate: number;
  /** Multiplies each weight's update. Absent: 1. */
  guide?: Float64Array;
  /** The guide multiplies the gradient instead, before the rule sees it. Default false. */
  isOnGradient?: boolean;
  /** Layers before this one are frozen. Default 0. */
  firstLayer?: number;
  /** Each tensor's rate by its relative gradient norm, the largest 1, at every update (Auto-RGN). Default false. */
  isSurgical?: boolean;
  /** Strength of the pull of each weight to the start: adds strength · (w − start) to the gradient. */
  pull?: Float64Array | number;
}

/**
 * Full-batch updates on a task's few examples, clipped at a norm of 10 over the gradient.
 *
 * @param checkpoints - numbers of updates after which the task is scored, ascending
 * @returns the error on the task's own test examples at each checkpoint; at most 1,000
 */
export function adapt(
  network: DenseNetwork,
  task: { train: Examples; test: Examples },
  adaptation: Adaptation,
  checkpoints: readonly number[],
): number[] {
  const weights = adaptation.start.slice();
  const errors: number[] = [];
  const updates = new Updates(network, adaptation);
  for (let step = 1; step <= (checkpoints.at(-1) ?? 0); step++) {
    updates.step(weights, task.train);
    if (!checkpoints.includes(step)) continue;
    const error = network.error(weights, task.test);
    errors.push(Number.isFinite(error) ? Math.min(error, 1000) : 1000);
  }
  return errors;
}

/** Updates of one network by one rule; used for pre-training and scouts too. */
export class Updates {
  readonly #network: DenseNetwork;
  readonly #options: Adaptation;
  readonly #clip: number;
  readonly #gradient: Float64Array;
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  #count = 0;

  constructor(network: DenseNetwork, options: Adaptation, clip = 10) {
    this.#network = network;
    this.#options = options;
    this.#clip = clip;
    this.#gradient = new Float64Array(network.size);
    this.#mean = new Float64Array(options.rule === 'adam' ? network.size : 0);
    this.#square = new Float64Array(this.#mean.length);
  }

  step(weights: Float64Array, examples: Examples): void {
    const { start, firstLayer = 0, pull, guide, isOnGradient } = this.#options;
    const gradient = this.#gradient;
    this.#network.gradient(weights, examples, gradient, firstLayer);
    this.#count++;
    let squares = 0;
    for (let i = 0; i < gradient.length; i++) squares += (gradient[i] as number) ** 2;
    const factor = Math.min(1, this.#clip / Math.sqrt(squares + 1e-12));
    for (let i = this.#network.offsets[firstLayer] ?? 0; i < gradient.length; i++) {
      let g = (gradient[i] as number) * factor;
      if (pull !== undefined) {
        const strength = typeof pull === 'number' ? pull : (pull[i] as number);
        g += strength * ((weights[i] as number) - (start[i] as number));
      }
      gradient[i] = isOnGradient && guide ? g * (guide[i] as number) : g;
    }
    const before = this.#options.isSurgical ? weights.slice() : undefined;
    if (this.#options.rule === 'sgd') this.#descend(weights);
    else this.#adam(weights);
    if (before) scaleByRatio(this.#network, before, weights, gradient);
  }

  #descend(weights: Float64Array): void {
    const { rate, firstLayer = 0 } = this.#options;
    const guide = this.#options.isOnGradient ? undefined : this.#options.guide;
    for (let i = this.#network.offsets[firstLayer] ?? 0; i < weights.length; i++) {
      (weights[i] as number) -= rate * (guide ? (guide[i] as number) : 1) * (this.#gradient[i] as number);
    }
  }

  #adam(weights: Float64Array): void {
    const { rate, firstLayer = 0 } = this.#options;
    const guide = this.#options.isOnGradient ? undefined : this.#options.guide;
    const first = 1 - 0.9 ** this.#count;
    const second = 1 - 0.999 ** this.#count;
    for (let i = this.#network.offsets[firstLayer] ?? 0; i < weights.length; i++) {
      const g = this.#gradient[i] as number;
      const mean = 0.9 * (this.#mean[i] as number) + 0.1 * g;
      const square = 0.999 * (this.#square[i] as number) + 0.001 * g * g;
      this.#mean[i] = mean;
      this.#square[i] = square;
      const update = mean / first / (Math.sqrt(square / second) + 1e-8);
      (weights[i] as number) -= rate * (guide ? (guide[i] as number) : 1) * update;
    }
  }
}

/**
 * Takes each tensor's last update times ‖∇‖ / ‖w‖ over the largest of them; a tensor of zeros, such as a new
 * head, keeps it whole.
 *
 * @see Lee et al. 2022, Surgical Fine-Tuning, arXiv 2210.11466
 */
function scaleByRatio(
  network: DenseNetwork,
  before: Float64Array,
  after: Float64Array,
  gradient: Float64Array,
): void {
  const norm = (values: Float64Array, from: number, to: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += (values[i] as number) ** 2;
    return Math.sqrt(sum);
  };
  const ratios = network.tensors.map(([from, to]) => norm(gradient, from, to) / norm(before, from, to));
  const largest = Math.max(...ratios.filter((ratio) => Number.isFinite(ratio)));
  network.tensors.forEach(([from, to], i) => {
    const ratio = ratios[i] as number;
    if (!Number.isFinite(ratio) || !(largest > 0)) return;
    for (let k = from; k < to; k++) {
      const start = before[k] as number;
      after[k] = start + (ratio / largest) * ((after[k] as number) - start);
    }
  });
}
