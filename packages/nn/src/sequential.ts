import * as tf from '@tensorflow/tfjs-core';
import { type AnyModule, type CallOptions, Module } from './module.js';
import type { Parameter } from './parameter.js';

/**
 * Modules in order, each fed what the one before gave.
 *
 * @see torch.nn.Sequential: children are called 0, 1, 2, …, or by the names given
 */
export class Sequential extends Module {
  readonly #modules: ReadonlyMap<string, Module>;

  /** @param modules - in order; as an object or map, its keys are the paths */
  constructor(modules: readonly Module[] | ReadonlyMap<string, Module>) {
    super();
    this.#modules =
      modules instanceof Map
        ? modules
        : new Map([...(modules as readonly Module[])].map((module, index) => [String(index), module]));
  }

  /** How many modules it holds. */
  get length(): number {
    return this.#modules.size;
  }

  /** The modules, in order. */
  get modules(): readonly Module[] {
    return [...this.#modules.values()];
  }

  override *children(): Iterable<[string, Parameter | AnyModule]> {
    yield* this.#modules;
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    if (this.length === 0) return tf.clone(x);
    return tf.tidy(() => this.modules.reduce((value, module) => module.call(value, options), x));
  }
}
