import type * as tf from '@tensorflow/tfjs-core';
import type { NamedVariable, Random } from '@warmstart/shapes';
import { Parameter } from './parameter.js';

/** How a module is called. */
export interface CallOptions {
  /** true while learning: dropout drops, batch norm uses and updates statistics. Default false. */
  training?: boolean;
  /** where random layers draw from while training, e.g. `seededRandom(7, 'dropout', step)` */
  random?: Random | undefined;
}

/**
 * A part of a network with tensors of its own.
 *
 * Fields that hold a Parameter, a Module, or an array of them are found in the order they are declared, and
 * their names make the paths: declare them as PyTorch registers them, parameters before buffers before
 * modules. Everything else in a field is left alone.
 *
 * @see torch.nn.Module
 */
export abstract class Module<Input = tf.Tensor, Output = tf.Tensor> {
  /** The output; the caller disposes it. Does not dispose its input. */
  abstract call(input: Input, options?: CallOptions): Output;

  /** Parameters and modules directly below, by name. */
  *children(): Iterable<[string, Parameter | AnyModule]> {
    for (const [name, value] of Object.entries(this)) {
      if (isPart(value)) yield [name, value];
      if (!Array.isArray(value)) continue;
      for (const [index, item] of value.entries()) if (isPart(item)) yield [`${name}.${index}`, item];
    }
  }

  /** Every parameter and buffer below, by path, in PyTorch's order. */
  *namedParameters(): Iterable<[string, Parameter]> {
    for (const [name, child] of this.children()) {
      if (child instanceof Parameter) yield [name, child];
      else for (const [path, parameter] of child.namedParameters()) yield [`${name}.${path}`, parameter];
    }
  }

  /** Every module below, by path, this one first under the empty path. */
  *namedModules(): Iterable<[string, AnyModule]> {
    yield ['', this];
    for (const [name, child] of this.children()) {
      if (child instanceof Parameter) continue;
      for (const [path, module] of child.namedModules()) yield [path ? `${name}.${path}` : name, module];
    }
  }

  /**
   * Every tensor that a checkpoint holds, in PyTorch's order. A tensor that two paths share is a parameter
   * under the first and a buffer under the others, so it learns once and is saved under each.
   */
  *namedVariables(): Iterable<NamedVariable> {
    const seen = new Set<Parameter>();
    for (const [path, parameter] of this.namedParameters()) {
      const { variable, layout, dtype } = parameter;
      yield {
        path,
        variable,
        kind: seen.has(parameter) ? 'buffer' : parameter.kind,
        ...(layout && { layout }),
        ...(dtype !== variable.dtype && { dtype }),
      };
      seen.add(parameter);
    }
  }

  /** Frees every tensor of this module and the modules below. */
  dispose(): void {
    for (const [, parameter] of this.namedParameters()) parameter.dispose();
  }
}

/** A module, whatever it takes and gives. */
// biome-ignore lint/suspicious/noExplicitAny: inputs are contravariant, so no other type holds every module
export type AnyModule = Module<any, any>;

function isPart(value: unknown): value is Parameter | AnyModule {
  return value instanceof Parameter || value instanceof Module;
}
