import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '@warmstart/shapes';
import type { Metric } from './metrics.js';

/** Batches to run through a model, once. */
export type Pass<Batch> = Iterable<Batch> | AsyncIterable<Batch>;

/**
 * A model's outputs for all batches, on the host, one after the other along the first axis.
 *
 * @param options.call - outputs of one batch, [batchSize, …]; run without gradients, e.g. with training false.
 *   What it makes is disposed, what it is given is not
 * @throws RangeError if there is no batch, or the shapes differ beyond the first axis
 */
export async function predict<Batch>(options: {
  call: (batch: Batch) => tf.Tensor;
  batches: Pass<Batch>;
  signal?: AbortSignal;
}): Promise<{ data: Float32Array; shape: number[] }> {
  const parts: Float32Array[] = [];
  let rows = 0;
  let rest: number[] | undefined;
  for await (const batch of options.batches) {
    options.signal?.throwIfAborted();
    const outputs = tf.tidy(() => tf.cast(options.call(batch), 'float32'));
    const [batchSize = 1, ...shape] = outputs.shape;
    try {
      parts.push((await outputs.data()) as Float32Array);
    } finally {
      outputs.dispose();
    }
    rest ??= shape;
    if (rest.join() !== shape.join()) {
      throw new RangeError(
        `predict: outputs must be alike beyond the first axis, got [${rest}] and [${shape}].`,
      );
    }
    rows += batchSize;
  }
  if (!rest) throw new RangeError('predict: there must be at least one batch, got none.');
  return { data: joined(parts), shape: [rows, ...rest] };
}

/**
 * Metrics over all batches together, without gradients.
 *
 * @param options.call - outputs of one batch, as in {@link predict}
 * @param options.labels - labels of one batch, on the host, one a row (or one an output for regression)
 * @param options.metrics - by the name they get in the result, e.g. `{ accuracy, rocAuc }`
 */
export async function evaluate<Batch, Name extends string>(options: {
  call: (batch: Batch) => tf.Tensor;
  labels: (batch: Batch) => ArrayLike<number> | Promise<ArrayLike<number>>;
  batches: Pass<Batch>;
  metrics: Readonly<Record<Name, Metric>>;
  signal?: AbortSignal;
}): Promise<Record<Name, number>> {
  const labels: ArrayLike<number>[] = [];
  async function* noting(): AsyncGenerator<Batch> {
    for await (const batch of options.batches) {
      const known = await options.labels(batch);
      if (typeof known?.length !== 'number') {
        throw new TypeError(
          'evaluate: labels must be numbers on the host, got something else. Of a tensor, give await labels.data().',
        );
      }
      labels.push(known);
      yield batch;
    }
  }
  const { call, signal } = options;
  const outputs: HostTensor = await predict({ call, batches: noting(), ...(signal ? { signal } : {}) });
  const allLabels = labels.flatMap((part) => Array.from(part));
  const names = Object.keys(options.metrics) as Name[]; // keys of a Record<Name, …>
  return Object.fromEntries(names.map((name) => [name, options.metrics[name](outputs, allLabels)])) as Record<
    Name,
    number
  >;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
