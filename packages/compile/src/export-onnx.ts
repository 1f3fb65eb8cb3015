import * as tf from '@tensorflow/tfjs-core';
import { emitGraph } from './emit-graph.js';
import { openBatch } from './open-batch.js';
import { record } from './record.js';
import type { Recording, TensorValues } from './recording.js';

/** A model of one input, or a function of inputs by name. */
export type Exportable =
  | { call(x: tf.Tensor): tf.Tensor }
  | ((inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor | Record<string, tf.Tensor>);

/**
 * A model for inference, as an ONNX file of operator set 18 with its weights inside. The first axis of every input
 * and output is the batch, of any size. The model is run twice here, on 2 and on 3 of the examples.
 *
 * @param model - its `call` is used without training; an output without a name is called `output`
 * @param inputs - example values by name, [examples ≥ 1, ...]; only shape and type end up in the file
 * @returns the bytes of the file
 * @throws TypeError for a model or inputs of another kind
 * @throws RangeError without inputs, for an input without a batch axis, or a model that writes to its variables
 * @throws CompileError `kernel-unknown` for a kernel without an ONNX counterpart, `structure-changed` if examples
 *   of one batch are not treated alike
 */
export async function exportOnnx(
  model: Exportable,
  inputs: Readonly<Record<string, tf.Tensor>>,
): Promise<Uint8Array> {
  if (!inputs || Object.values(inputs).some((value) => !(value instanceof tf.Tensor))) {
    throw new TypeError('exportOnnx: inputs must be example tensors by name. Write { x: tensor }.');
  }
  if (typeof model !== 'function' && typeof model?.call !== 'function') {
    throw new TypeError(
      'exportOnnx: model must have call(x), or be a function of named inputs, got neither.',
    );
  }
  const names = Object.keys(inputs);
  if (names.length === 0) throw new RangeError('exportOnnx: inputs must hold at least one tensor, got none.');
  if (typeof model !== 'function' && names.length > 1) {
    throw new RangeError(
      `exportOnnx: a model with call takes one input, got ${names.join(', ')}. Pass a function of all inputs.`,
    );
  }
  for (const [name, { shape }] of Object.entries(inputs)) {
    if (shape.length > 0 && (shape[0] as number) > 0) continue;
    throw new RangeError(`exportOnnx: input ${name} must be [examples, ...], got [${shape}].`);
  }
  const recording = openBatch(recordBatch(model, inputs, 2), recordBatch(model, inputs, 3));
  const weights = new Map<tf.Variable, TensorValues>();
  for (const variable of recording.variables.keys())
    weights.set(variable, (await variable.data()) as TensorValues);
  return emitGraph(recording, { weights: (variable) => weights.get(variable) as TensorValues }).bytes;
}

/** The model run on `size` examples: those given, again and again. */
function recordBatch(
  model: Exportable,
  inputs: Readonly<Record<string, tf.Tensor>>,
  size: number,
): Recording {
  const feeds = new Map<string, tf.Tensor>();
  let outputs = new Map<string, tf.Tensor>();
  try {
    for (const [name, tensor] of Object.entries(inputs)) {
      const rows = Array.from({ length: size }, (_, i) => i % (tensor.shape[0] as number));
      feeds.set(
        name,
        tf.tidy(() => tf.gather(tensor, tf.tensor1d(rows, 'int32'))),
      );
    }
    const recorded = record(feeds, () => namedOutputs(model, feeds));
    outputs = recorded.outputs;
    if (recorded.recording.states.size > 0) {
      throw new RangeError(
        `exportOnnx: the model must not write to its variables, but it wrote ${recorded.recording.states.size}. ` +
          'Call it without training.',
      );
    }
    return recorded.recording;
  } finally {
    tf.dispose([...feeds.values(), ...outputs.values()]);
  }
}

function namedOutputs(model: Exportable, feeds: ReadonlyMap<string, tf.Tensor>): Map<string, tf.Tensor> {
  const made = tf.tidy(() => {
    const given =
      typeof model === 'function'
        ? model(Object.fromEntries(feeds))
        : model.call([...feeds.values()][0] as tf.Tensor); // one input: checked before
    return given instanceof tf.Tensor ? { output: given } : { ...given };
  });
  return new Map(Object.entries(made));
}
