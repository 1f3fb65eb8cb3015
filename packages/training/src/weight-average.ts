import * as tf from '@tensorflow/tfjs-core';
import type { ReadonlyStateDict, StateDict } from '@warmstart/shapes';
import { hostToTensor, listSome, readTensors, sameShape } from './state-dict.js';
import { WeightsCopy } from './weights-copy.js';

/** A running average of weights: often better on new data than the last ones. */
export interface WeightAverage {
  /** After each step: average ← decay · average + (1 − decay) · weights. The loop calls it. */
  update(): void;
  /** Puts the averages into the variables; call what it returns to put the trained weights back. */
  use(): () => void;
  stateDict(): Promise<StateDict>;
  loadStateDict(state: ReadonlyStateDict): void;
  dispose(): void;
}

/**
 * An exponential moving average of variables, starting at their present values.
 *
 * @param options.decay - in (0, 1); early on it is at most (1 + updates) / (10 + updates), so that the
 *   first values do not linger
 * @returns what the caller disposes; give it to `fit` as `average`
 * @throws RangeError for a decay outside (0, 1)
 * @see Polyak & Juditsky 1992; tf.train.ExponentialMovingAverage (`num_updates`)
 */
export function weightAverage(options: {
  variables: ReadonlyMap<string, tf.Variable>;
  decay: number;
}): WeightAverage {
  const { variables, decay } = options;
  if (!(decay > 0 && decay < 1))
    throw new RangeError(`weightAverage: decay must be in (0, 1), got ${decay}.`);
  let updates = 0;
  const averages = new Map<string, tf.Tensor>();
  const replace = (path: string, value: tf.Tensor) => {
    averages.get(path)?.dispose();
    averages.set(path, tf.keep(value));
  };
  for (const [path, variable] of variables) replace(path, tf.mul(variable, 1));

  return {
    update() {
      updates++;
      const kept = Math.min(decay, (1 + updates) / (10 + updates));
      tf.tidy(() => {
        for (const [path, variable] of variables) {
          const average = averages.get(path) ?? variable;
          replace(path, tf.add(tf.mul(average, kept), tf.mul(variable, 1 - kept)));
        }
      });
    },
    use() {
      const trained = new WeightsCopy(variables);
      for (const [path, average] of averages) assignCopy(variables.get(path), average);
      return () => {
        trained.restore();
        trained.dispose();
      };
    },
    async stateDict() {
      const state = await readTensors(averages);
      return new Map([...state, ['updates', { dtype: 'int32', shape: [], data: Int32Array.of(updates) }]]);
    },
    loadStateDict(state) {
      requireFit(state, variables);
      for (const path of variables.keys()) {
        const named = state.get(path);
        if (named) replace(path, hostToTensor(named));
      }
      updates = Number(state.get('updates')?.data[0]);
    },
    dispose() {
      tf.dispose([...averages.values()]);
      averages.clear();
    },
  };
}

function requireFit(state: ReadonlyStateDict, variables: ReadonlyMap<string, tf.Variable>): void {
  const bad = [...variables].filter(([path, v]) => !sameShape(state.get(path)?.shape ?? [-1], v.shape));
  if (bad.length === 0 && state.has('updates')) return;
  const paths = listSome(bad.map(([path]) => path)) || 'updates';
  throw new RangeError(`weightAverage: the state must hold every variable, got none that fits for ${paths}.`);
}

function assignCopy(variable: tf.Variable | undefined, value: tf.Tensor): void {
  const copy = tf.mul(value, 1);
  variable?.assign(copy);
  copy.dispose();
}
