import * as tf from '@tensorflow/tfjs-core';

/** Writes the first values of a parameter; the array is in running layout and holds zeros. */
export type Fill = (values: Float32Array) => void;

export interface ParameterOptions {
  /** as PyTorch writes it, e.g. [outChannels, inChannels, height, width] */
  shape: readonly number[];
  /** first values; zeros when left out */
  fill?: Fill | undefined;
  /** running tensor = transpose(PyTorch's, layout); the same when left out */
  layout?: readonly number[];
  /** 'buffer' is saved and loaded, never learned */
  kind?: 'parameter' | 'buffer';
  /** PyTorch's dtype in a file; float32 when left out */
  dtype?: string;
}

let deferred = 0;

/** One tensor of a module: a parameter, which learns, or a buffer, which does not. */
export class Parameter {
  /** PyTorch's shape. */
  readonly shape: readonly number[];
  readonly kind: 'parameter' | 'buffer';
  readonly layout: readonly number[] | undefined;
  /** PyTorch's dtype. */
  readonly dtype: string;
  #variable: tf.Variable | undefined;
  #fill: Fill | undefined;
  #disposed = false;

  constructor({ shape, fill, layout, kind = 'parameter', dtype = 'float32' }: ParameterOptions) {
    this.shape = shape;
    this.layout = layout;
    this.kind = kind;
    this.dtype = dtype;
    this.#fill = fill;
    if (deferred === 0) this.#variable = this.#allocate();
  }

  /** The tensor at run time, in running layout; owned by this parameter. */
  get variable(): tf.Variable {
    if (this.#disposed) throw new Error('Parameter: variable was disposed. Build the model again.');
    this.#variable ??= this.#allocate();
    return this.#variable;
  }

  /** Shape of the running tensor. */
  get runningShape(): number[] {
    const { shape, layout } = this;
    return layout ? layout.map((axis) => shape[axis] as number) : [...shape];
  }

  /** Takes its memory now, unless the model is being built by `deferVariables`. */
  allocate(): void {
    if (deferred === 0) this.#variable ??= this.#allocate();
  }

  /** Puts other first values in place of the ones it was made with. */
  reset(fill: Fill): void {
    const allocated = this.#variable;
    this.#fill = fill;
    this.#variable = undefined;
    if (!allocated) return;
    allocated.dispose();
    this.#variable = this.#allocate();
  }

  dispose(): void {
    this.#variable?.dispose();
    this.#variable = undefined;
    this.#disposed = true;
  }

  #allocate(): tf.Variable {
    const shape = this.runningShape;
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    this.#fill?.(values);
    this.#fill = undefined;
    const integer = this.dtype === 'int64' || this.dtype === 'int32';
    const initial = integer
      ? tf.tensor(Int32Array.from(values), shape, 'int32')
      : tf.tensor(values, shape, 'float32');
    const variable = tf.variable(initial, this.kind === 'parameter'); // unnamed: names are global in tfjs
    initial.dispose();
    return variable;
  }
}

/**
 * Builds a model whose tensors take no memory until they are asked for.
 *
 * For reading shapes and paths of large models. Draw gradients only after `namedVariables()` has been read
 * through, since TensorFlow.js looks for variables before it runs the loss.
 *
 * @param build - builds and returns the model, synchronously
 * @see torch.device('meta')
 */
export function deferVariables<Model>(build: () => Model): Model {
  deferred++;
  try {
    return build();
  } finally {
    deferred--;
  }
}
