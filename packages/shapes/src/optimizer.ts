import type { Tensor } from '@tensorflow/tfjs-core';
import type { ReadonlyStateDict, StateDict } from './named-tensor.js';

/** A learning rate: constant, or by the number of updates already made. */
export type LearningRate = number | ((step: number) => number);

/**
 * Whatever moves variables along gradients. Everything it remembers is keyed by path, never by position, so
 * the set of gradients may change between steps.
 */
export interface Optimizer {
  /** One update. Paths without a gradient stay as they are; the gradients are not disposed. */
  step(gradients: ReadonlyMap<string, Tensor>): void;
  /** Everything needed to continue to the bit. */
  stateDict(): Promise<StateDict>;
  /** Checks everything, then restores what `stateDict()` gave. */
  loadStateDict(state: ReadonlyStateDict): void;
  dispose(): void;
  /** Where there is one: what loops report. An optimizer that wraps another passes on the other's. */
  learningRate?: LearningRate | undefined;
}
