import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { uniformFill } from './init.js';
import { type AnyModule, Module } from './module.js';
import { Parameter } from './parameter.js';
import { requireNamed } from './size.js';

/** What an LSTM remembers: hidden [batch, outFeatures], cell [batch, hiddenFeatures]. */
export type LstmState = {
  hidden: tf.Tensor;
  cell: tf.Tensor;
};

export interface LstmRun {
  /** [batch, length, inFeatures] */
  x: tf.Tensor;
  /** [4 · hiddenFeatures, inFeatures], gates in the order input, forget, cell, output */
  inputWeight: tf.Tensor;
  /** [4 · hiddenFeatures, outFeatures] */
  stateWeight: tf.Tensor;
  /** [4 · hiddenFeatures] */
  bias: tf.Tensor;
  /** [outFeatures, hiddenFeatures]; without it, the hidden state is given as it is */
  projection?: tf.Tensor | undefined;
  /** 1 where a step counts, [batch, length]; other steps keep the state and give 0 */
  mask?: tf.Tensor | undefined;
  /** zeros when left out */
  state?: LstmState | undefined;
  /** bounds the cell, and what is projected, to ± this */
  cellClip?: number | undefined;
  projectionClip?: number | undefined;
  /** from the last step to the first */
  reverse?: boolean;
}

/**
 * Runs one layer of LSTM over a sequence.
 *
 * @returns outputs [batch, length, outFeatures], and the state after the last step; the caller disposes them
 * @see Hochreiter and Schmidhuber 1997; projection: Sak et al. 2014, arXiv 1402.1128
 */
export function runLstm(run: LstmRun): { outputs: tf.Tensor } & LstmState {
  const [batch, length, inFeatures] = run.x.shape as [number, number, number];
  const hiddenFeatures = (run.bias.shape[0] as number) / 4;
  const outFeatures = run.stateWeight.shape[1] as number;
  return tf.tidy(() => {
    const rows = tf.reshape(run.x, [-1, inFeatures]);
    const driven = tf.add(tf.matMul(rows, run.inputWeight, false, true), run.bias);
    const steps = tf.unstack(tf.reshape(driven, [batch, length, 4 * hiddenFeatures]), 1);
    const masks = run.mask ? tf.unstack(tf.cast(tf.expandDims(run.mask, 2), 'bool'), 1) : undefined;
    let hidden = run.state ? tf.clone(run.state.hidden) : tf.zeros([batch, outFeatures]);
    let cell = run.state ? tf.clone(run.state.cell) : tf.zeros([batch, hiddenFeatures]);
    const outputs: tf.Tensor[] = new Array(length);
    for (let i = 0; i < length; i++) {
      const at = run.reverse ? length - 1 - i : i;
      const next = step(run, steps[at] as tf.Tensor, { hidden, cell });
      const mask = masks?.[at];
      if (mask) {
        const keep = (now: tf.Tensor, before: tf.Tensor) =>
          tf.where(tf.broadcastTo(mask, now.shape), now, before);
        outputs[at] = keep(next.hidden, tf.zerosLike(next.hidden));
        hidden = keep(next.hidden, hidden);
        cell = keep(next.cell, cell);
      } else {
        outputs[at] = next.hidden;
        ({ hidden, cell } = next);
      }
    }
    return { outputs: tf.stack(outputs, 1), hidden: tf.clone(hidden), cell: tf.clone(cell) };
  });
}

function step(run: LstmRun, driven: tf.Tensor, { hidden, cell }: LstmState): LstmState {
  const gates = tf.add(driven, tf.matMul(hidden, run.stateWeight, false, true));
  const [input, forget, candidate, output] = tf.split(gates, 4, 1) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const kept = tf.mul(tf.sigmoid(forget), cell);
  const written = tf.mul(tf.sigmoid(input), tf.tanh(candidate));
  const nextCell = clip(tf.add(kept, written), run.cellClip);
  const shown = tf.mul(tf.sigmoid(output), tf.tanh(nextCell));
  const nextHidden = run.projection
    ? clip(tf.matMul(shown, run.projection, false, true), run.projectionClip)
    : shown;
  return { hidden: nextHidden, cell: nextCell };
}

function clip(x: tf.Tensor, bound: number | undefined): tf.Tensor {
  return bound === undefined ? x : tf.clipByValue(x, -bound, bound);
}

export interface LstmOptions {
  random: Random;
  /** stacked layers. Default 1. */
  layerCount?: number;
  /** a second run from the end, beside the first. Default false. */
  bidirectional?: boolean;
  /** size that the hidden state is projected to; 0 for none. Default 0. */
  projection?: number;
}

export interface LstmInput {
  /** [batch, length, inFeatures] */
  x: tf.Tensor;
  /** 1 where a step counts, [batch, length] */
  mask?: tf.Tensor;
  /** one per layer and direction, in PyTorch's order: forward and backward of layer 0, then of layer 1, … */
  state?: readonly LstmState[];
}

/**
 * Stacked LSTM layers under PyTorch's names: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_hr_l0,
 * and the same with `_reverse`.
 *
 * @see torch.nn.LSTM(batch_first=True)
 */
export class Lstm extends Module<LstmInput, { outputs: tf.Tensor; state: LstmState[] }> {
  readonly inFeatures: number;
  readonly hiddenFeatures: number;
  readonly #parameters = new Map<string, Parameter>();
  readonly #directions: readonly ('' | '_reverse')[];
  readonly #layerCount: number;

  constructor(inFeatures: number, hiddenFeatures: number, options: LstmOptions) {
    super();
    const { random, layerCount = 1, bidirectional = false, projection = 0 } = options;
    this.inFeatures = inFeatures;
    this.hiddenFeatures = hiddenFeatures;
    this.#layerCount = layerCount;
    this.#directions = bidirectional ? ['', '_reverse'] : [''];
    const bound = 1 / Math.sqrt(hiddenFeatures);
    const outFeatures = projection || hiddenFeatures;
    for (let layer = 0; layer < layerCount; layer++) {
      const inputs = layer === 0 ? inFeatures : outFeatures * this.#directions.length;
      const shapes: [string, number[]][] = [
        ['weight_ih', [4 * hiddenFeatures, inputs]],
        ['weight_hh', [4 * hiddenFeatures, outFeatures]],
        ['bias_ih', [4 * hiddenFeatures]],
        ['bias_hh', [4 * hiddenFeatures]],
        ...(projection ? [['weight_hr', [projection, hiddenFeatures]] as [string, number[]]] : []),
      ];
      for (const direction of this.#directions) {
        for (const [name, shape] of shapes) {
          const fill = uniformFill(-bound, bound, random);
          this.#parameters.set(`${name}_l${layer}${direction}`, new Parameter({ shape, fill }));
        }
      }
    }
  }

  override *children(): Iterable<[string, Parameter | AnyModule]> {
    yield* this.#parameters;
  }

  /** @returns outputs [batch, length, outFeatures × directions] and the state of each layer and direction */
  override call({ x, mask, state }: LstmInput): { outputs: tf.Tensor; state: LstmState[] } {
    requireNamed('Lstm', 'x', x);
    if (x.shape.length !== 3 || x.shape[2] !== this.inFeatures) {
      throw new RangeError(`Lstm: the input must be [batch, length, ${this.inFeatures}], got [${x.shape}].`);
    }
    return tf.tidy(() => {
      const states: LstmState[] = [];
      let value = x;
      for (let layer = 0; layer < this.#layerCount; layer++) {
        const sides = this.#directions.map((direction) => {
          const run = this.#run(`l${layer}${direction}`);
          const before = state?.[states.length];
          const { outputs, ...after } = runLstm({
            ...run,
            x: value,
            mask,
            state: before,
            reverse: direction !== '',
          });
          states.push(after);
          return outputs;
        });
        value = tf.concat(sides, 2);
      }
      return { outputs: value, state: states };
    });
  }

  #run(suffix: string): Pick<LstmRun, 'inputWeight' | 'stateWeight' | 'bias' | 'projection'> {
    const variable = (name: string) => this.#parameters.get(`${name}_${suffix}`)?.variable as tf.Tensor;
    return {
      inputWeight: variable('weight_ih'),
      stateWeight: variable('weight_hh'),
      bias: tf.add(variable('bias_ih'), variable('bias_hh')),
      projection: variable('weight_hr') as tf.Tensor | undefined,
    };
  }
}
