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

  /**
   * @param modules - in order; the keys of a map are the paths
   * @throws TypeError for anything but modules
   */
  constructor(modules: readonly Module[] | ReadonlyMap<string, Module>) {
    super();
    if (!(modules instanceof Map || Array.isArray(modules))) {
      throw new TypeError(
        'Sequential: modules must be an array or a Map, got neither. Write new Sequential([…]).',
      );
    }
    this.#modules =
      modules instanceof Map ? modules : new Map(modules.map((module, i) => [String(i), module]));
    for (const [name, module] of this.#modules) {
      if (typeof module?.call === 'function' && typeof module.namedVariables === 'function') continue;
      throw new TypeError(
        `Sequential: ${name} must be a module, got ${typeof module}. Functions come as new Activation('relu'), or in a Module of your own.`,
      );
    }
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
