import type * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor, StateDict } from './state-dict.js';

/** Whatever moves variables along gradients, and remembers by path. */
export interface Optimizer {
  /** One update; does not dispose the gradients. */
  step(gradients: Map<string, tf.Tensor>): void;
  stateDict(): Promise<StateDict>;
  loadStateDict(state: ReadonlyMap<string, NamedTensor>): void;
  dispose(): void;
  /** The rate that the update with this number (from 0) uses. */
  learningRateAt?(step: number): number;
}
